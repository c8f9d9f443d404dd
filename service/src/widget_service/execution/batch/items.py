"""The executions of a batch: read from its body, each checked on its own, every problem of it named at once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from widget_service.connectors.fields import METHODS
from widget_service.connectors.permalink import is_permalink
from widget_service.connectors.problems import nearest_name
from widget_service.errors import CallerError
from widget_service.execution.batch.json_parts import JsonText, NotJson, Pairs, value_of
from widget_service.execution.composite.resolving import PREFIX
from widget_service.execution.incoming import IncomingCall
from widget_service.header_values import is_header_name
from widget_service.identity.callers import Identified

MAX_EXECUTIONS: Final = 50
MAX_MEMBER_CHARACTERS: Final = 64 * 1024
"""Of a member other than the payload: a single call has no longer headers and no longer URL either."""
_MAX_PROBLEMS: Final = 20
_MAX_MEMBERS: Final = 100

_INHERITED: Final = ("accept-language",)
_OF_THE_BATCH: Final = frozenset({"authorization", "cookie", "x-csrf-token", "x-path-params"})
"""Headers that say who calls, which is said once, and path parameters, which have a member of their own."""
_UNPAIRED: Final = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Item:
    """One execution as it was asked for; ``problems`` say why it cannot be one."""

    members: dict[str, Any] = field(default_factory=dict)
    payload: str | None = None
    problems: list[str] = field(default_factory=list)

    def call(self, headers: Mapping[str, str], identified: Identified) -> IncomingCall:
        """Return the call that it is: as if its caller had sent it alone."""
        given, path = dict(self.members.get("headers") or ()), self.members.get("pathParams") or ()
        own = {name.lower(): value for name, value in given.items() if name.lower() not in _OF_THE_BATCH}
        own |= {name: headers[name] for name in _INHERITED if name in headers and name not in own}
        if self.payload is not None:
            own.setdefault("content-type", "application/json")
        if path:
            own["x-path-params"] = urlencode(path)
        is_composite, permalink = self.members.get("composite") is True, str(self.members["permalink"])
        return IncomingCall(
            permalink=PREFIX + permalink if is_composite else permalink,
            method=self.members.get("method") or "POST",
            query_string=urlencode(self.members.get("queryParams") or ()),
            headers=own,
            body=(self.payload or "").encode(),
            identified=identified,
        )

    @property
    def given_request_id(self) -> str | None:
        """The request id that its headers ask for."""
        given = self.members.get("headers")
        names = given if isinstance(given, Pairs) else ()
        return next((value for name, value in names if name.lower() == "x-request-id" and type(value) is str), None)

    def refusal(self, index: int) -> CallerError | None:
        """Return the error that names all problems, None where there are none."""
        if not self.problems:
            return None
        told = "; ".join(f"executions[{index}]{problem}" for problem in self.problems)
        return CallerError("INVALID_REQUEST_BODY", f"{told}.")


def read_items(body: bytes) -> list[Item]:
    """Return the executions of a batch; raise ``INVALID_REQUEST_BODY`` where the body as a whole is none."""
    try:
        text = JsonText(body.decode("utf-8"))
        items = _read(text)
        text.end()
    except NotJson as error:
        raise _invalid(f"The body of a batch must be JSON, and is none: {error}.") from None
    except UnicodeDecodeError:
        raise _invalid("The body of a batch must be JSON in UTF-8.") from None
    return items


def _read(text: JsonText) -> list[Item]:
    if not text.is_next("{"):
        raise _invalid('The body of a batch must be an object, {"executions": [...]}.')
    items: list[Item] | None = None
    for name in text.members():
        if name != "executions":
            raise _invalid(f"A batch has no member '{_shown(name)}'; it is an object with 'executions' alone.")
        if items is not None:
            raise _invalid("The body has 'executions' twice.")
        if not text.is_next("["):
            raise _invalid("'executions' must be a list.")
        items = list(_executions(text))
    if items is None:
        raise _invalid("The body has no 'executions'.")
    return items


def _executions(text: JsonText) -> Iterator[Item]:
    for count, _ in enumerate(text.items()):
        if count == MAX_EXECUTIONS:
            raise _invalid(f"A batch has at most {MAX_EXECUTIONS} executions: split it.")
        yield _read_item(text)


def _read_item(text: JsonText) -> Item:
    item = Item()
    if not text.is_next("{"):
        text.value()
        item.problems.append(" must be an object")
        return item
    problems: list[str] = []
    for name in text.members():
        if len(problems) + len(item.members) > _MAX_MEMBERS:
            raise _invalid(f"An execution of a batch has no more than the members {', '.join(_CHECKS)}.")
        if name in item.members:
            problems.append(f" has '{_shown(name)}' twice")
        _read_member(item, name, text.value(), problems)
    problems += islice(_problems_of(item.members), _MAX_PROBLEMS)
    item.problems += problems[:_MAX_PROBLEMS]
    return item


def _read_member(item: Item, name: str, written: str, problems: list[str]) -> None:
    item.members[name] = None
    if name == "payload":
        item.payload = written if written != "null" else None
    elif len(written) > MAX_MEMBER_CHARACTERS:
        problems.append(f".{_shown(name)} is longer than {MAX_MEMBER_CHARACTERS} characters")
    elif name in _CHECKS:
        item.members[name] = value_of(written)


def _problems_of(members: Mapping[str, Any]) -> Iterator[str]:
    for name, value in members.items():
        check = _CHECKS.get(name)
        if check is None:
            near = nearest_name(name, _CHECKS)
            yield f" has no '{_shown(name)}'" + (f": '{near}'?" if near else f", but {', '.join(_CHECKS)}")
        elif value is not None:
            yield from (f".{name}{problem}" for problem in check(value, members))
    for name in ("permalink", "method"):
        if members.get(name) is None and not (name == "method" and members.get("composite") is True):
            yield f".{name} is missing"


def _permalink(value: Any, members: Mapping[str, Any]) -> Iterator[str]:
    is_number = isinstance(value, int) and not isinstance(value, bool) and members.get("composite") is True
    if not is_number and not (isinstance(value, str) and is_permalink(value)):
        yield " must be lowercase letters, digits and single hyphens between them"


def _method(value: Any, _: Mapping[str, Any]) -> Iterator[str]:
    if value not in METHODS:
        yield f" must be one of {', '.join(METHODS)}"


def _composite(value: Any, _: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(value, bool):
        yield " must be true or false"


def _texts(allowed: tuple[type, ...], expected: str) -> Callable[[Any, Mapping[str, Any]], Iterator[str]]:
    def check(value: Any, _: Mapping[str, Any]) -> Iterator[str]:
        if not isinstance(value, Pairs):
            yield f" must be an object of {expected}"
            return
        seen: set[str] = set()
        for place, (name, inner) in enumerate(value):
            if name in seen:
                yield f" has '{_shown(name)}' twice"
            seen.add(name)
            if type(inner) not in allowed or _UNPAIRED.search(f"{name}{inner}"):
                yield f"['{_shown(name)}'] must be {expected}"
            elif not isinstance(inner, str):
                value[place] = (name, ("true" if inner else "false") if isinstance(inner, bool) else str(inner))

    return check


def _headers(value: Any, members: Mapping[str, Any]) -> Iterator[str]:
    yield from _texts((str,), "text")(value, members)
    for name, _ in value if isinstance(value, Pairs) else ():
        if not is_header_name(name):
            yield f" has '{_shown(name)}', which is no name of a header"


_CHECKS: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Iterator[str]]]] = {
    "permalink": _permalink,
    "method": _method,
    "payload": lambda value, members: iter(()),
    "queryParams": _texts((str, int, float, bool), "text, numbers and booleans"),
    "pathParams": _texts((str, int, float), "text and numbers"),
    "headers": _headers,
    "composite": _composite,
}


def _invalid(detail: str) -> CallerError:
    return CallerError("INVALID_REQUEST_BODY", detail)


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name[:60])
