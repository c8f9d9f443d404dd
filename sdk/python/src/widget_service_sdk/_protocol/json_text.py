"""JSON as a browser writes and reads it."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn


def dump_json(value: object) -> bytes:
    """The value as JSON in UTF-8, without spaces. Raises ValueError for what JSON cannot write, as NaN and Infinity."""
    try:
        return _dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can write as an escape only
        return _dumps(value, ensure_ascii=True).encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def load_json(body: bytes) -> Any:
    """The parsed body: UTF-8 whatever its headers say, a byte order mark skipped, no NaN. Raises ValueError."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _dumps(value: object, *, ensure_ascii: bool) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, allow_nan=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
