"""The types of which extensions are made: text with a form of its own, and what to say when it has another."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from widget_service.connectors.problems import json_type, shown
from widget_service.egress.urls import Url, UrlError, parse_url

_EXTENSION_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_SEMANTIC_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
_VISIBLE_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_ATTRIBUTE_NAME = re.compile(r"[^\s\"'<>/=\x00-\x1f\x7f]+")


def page_url(text: str) -> Url | None:
    """Return the parts of an absolute http(s) URL that a page may load, as browsers send it; None where it is none.

    Its fragment is left out; a path may be written with any characters, a host in its ASCII form only.
    """
    try:
        return parse_url(quote(text.partition("#")[0], safe=_VISIBLE_ASCII))
    except UrlError:
        return None


def is_url(text: str) -> bool:
    """Whether ``text`` is an absolute http(s) URL with a host."""
    return page_url(text) is not None


def _https_url(text: str) -> str:
    if not (is_url(text) and text.lower().startswith("https://")):
        raise _fault("not_https", f"is {shown(text)}", "an https URL")
    return text


def _extension_name(text: str) -> str:
    if not _EXTENSION_NAME.fullmatch(text):
        expected = "a letter or digit, then letters, digits, dots, hyphens and underscores"
        raise _fault("pattern", f"is {shown(text)}", expected)
    return text


def _semantic_version(text: str) -> str:
    if not _SEMANTIC_VERSION.fullmatch(text):
        raise _fault("pattern", f"is {shown(text)}", "a semantic version such as 1.0.0")
    return text


def _attribute_names(attributes: Mapping[str, str]) -> Mapping[str, str]:
    for name in attributes:
        if not _ATTRIBUTE_NAME.fullmatch(name):
            raise _fault("pattern", f"has the name {shown(name)}", "names that HTML can write, such as data-tenant")
    return attributes


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _fault("wrong_type", f"is {json_type(value)}", "a number")
    return value


def _fault(code: str, message: str, expected: str) -> PydanticCustomError:
    return PydanticCustomError(code, "{message}", {"message": message, "expected": expected})


HttpsUrl = Annotated[str, AfterValidator(_https_url)]
ExtensionName = Annotated[str, AfterValidator(_extension_name)]
SemanticVersion = Annotated[str, AfterValidator(_semantic_version)]
Attributes = Annotated[Mapping[str, str], AfterValidator(_attribute_names)]
Number = Annotated[float, BeforeValidator(_number)]
