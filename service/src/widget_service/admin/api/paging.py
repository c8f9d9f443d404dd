"""Pages of a list by a cursor: the key of the last item, so that what is added or deleted meanwhile shifts nothing."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from widget_service.admin.api.models import Page, PageQuery
from widget_service.admin.errors import AdminError

Item = TypeVar("Item")
Key = str | int
_MAX_KEY: Final = 2**63 - 1
"""The largest integer that databases take; lists with the newest first have the negative of a number as their key."""


def page_of(
    items: Iterable[Item],
    query: PageQuery,
    *,
    key: Callable[[Item], Key],
    shown: Callable[[Item], Any],
    kind: type[str] | type[int] = str,
) -> Page[Any]:
    """Return the page of ``items``, which are in the order of their unique ``key``, each as ``shown`` makes it."""
    after = cursor_key(query, kind)
    rest = [item for item in items if after is None or key(item) > after]
    return page_of_rows(rest[: query.limit + 1], query, key=key, shown=shown)


def page_of_rows(
    rows: Sequence[Item], query: PageQuery, *, key: Callable[[Item], Key], shown: Callable[[Item], Any]
) -> Page[Any]:
    """Return the page of rows that a database was asked for: those after `cursor_key`, ``limit`` and one more."""
    page = rows[: query.limit]
    following = _cursor(key(page[-1])) if len(rows) > len(page) and page else None
    return Page(items=[shown(row) for row in page], next=following)


def cursor_key(query: PageQuery, kind: type[str] | type[int] = str) -> Any:
    """Return the key after which the page begins, None for the first page; raise `AdminError` for another's cursor."""
    if query.cursor is None:
        return None
    try:
        key = json.loads(urlsafe_b64decode(query.cursor.encode("ascii") + b"=" * (-len(query.cursor) % 4)))
    except (ValueError, RecursionError):
        key = None
    if type(key) is not kind or (isinstance(key, int) and abs(key) > _MAX_KEY):
        raise AdminError("INVALID_REQUEST", "The cursor is not one of this list; begin without one.")
    return key


def _cursor(key: Key) -> str:
    return urlsafe_b64encode(json.dumps(key).encode()).rstrip(b"=").decode()
