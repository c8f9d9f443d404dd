"""The characters of a URL's literal text: what browsers leave alone is accepted, what they would change is not."""

import re
from collections.abc import Iterator, Sequence

from jinja2 import Environment, TemplateSyntaxError

from widget_service.connectors.problems import Finding, shown

_LEXER = Environment(autoescape=True)  # only cuts texts; nothing is rendered here
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_PLACEHOLDER = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}|/:[A-Za-z_][A-Za-z0-9_]*(?=[/?]|\Z)")
_AS_QUERY_PARAMETER = "such text as a query parameter (query_parameters), whose value the service encodes"


def literal_texts(url: str) -> list[str]:
    """Return the parts of ``url`` that stand outside of its templates; none where these are malformed."""
    dropped = ["\n"] if url.endswith(("\n", "\r")) else []  # the lexer leaves out the last line break
    try:
        return [text for _, kind, text in _LEXER.lex(url) if kind == "data"] + dropped
    except TemplateSyntaxError:
        return []


def check_characters(texts: Sequence[str]) -> Iterator[Finding]:
    """Yield what cannot be sent in the literal parts of a URL (RFC 3986 §2)."""
    text = "".join(texts)
    if " " in text:
        yield _finding("url_character", "holds a space", f"no space; {_AS_QUERY_PARAMETER}")
    if control := _CONTROL.search(text):
        message = f"holds a control character (U+{ord(control[0]):04X})"
        yield _finding("url_character", message, f"one line of text; {_AS_QUERY_PARAMETER}")
    if other := _NOT_ASCII.search(text):
        message = f"holds {shown(other[0])}, which is not ASCII"
        expected = f"{_AS_QUERY_PARAMETER}; a host in its form with xn--"
        yield _finding("url_character", message, expected)


def check_parts(texts: Sequence[str], *, drops_fragment: bool) -> Iterator[Finding]:
    """Yield what would not reach the destination as it is written.

    ``drops_fragment`` says that a fragment is cut off: only then it does no harm.
    """
    text = "\0".join(texts)
    if "\\" in text.partition("?")[0]:
        yield _finding("url_character", "holds a backslash, which some readers take for a slash", "a slash, or %5C")
    if "#" in text:
        yield Finding(
            code="url_fragment",
            message="has a fragment (#), which is never sent",
            expected="no fragment, or %23 for the sign itself",
            severity="warning" if drops_fragment else "error",
        )
    if placeholder := _PLACEHOLDER.search(text):
        name = placeholder[0].strip("{}/:")
        yield Finding(
            code="url_placeholder",
            message=f"holds {shown(placeholder[0].lstrip('/'))}, which is sent as it stands",
            expected=f"{{{{ pathParams.{name} }}}}, if a path parameter is meant",
            severity="warning",
        )


def _finding(code: str, message: str, expected: str) -> Finding:
    return Finding(code=code, message=message, expected=expected)
