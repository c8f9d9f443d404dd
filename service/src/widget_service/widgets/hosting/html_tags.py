"""Start tags of an HTML text, with the exact places of their parts (WHATWG HTML §13.2.5, the tokenizer).

The parser of the standard library does not say where an attribute's value stands, and what ends a script for it
depends on the patch release of Python.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_SPACE = "\t\n\f\r "
_OPENING = re.compile(r"<(?:!--|[a-zA-Z][^\t\n\f\r />]*|/[a-zA-Z]|[!?/])")
_BEFORE_ATTRIBUTE = re.compile(rf"[{_SPACE}/]*")
_ATTRIBUTE_NAME = re.compile(rf"=?[^{_SPACE}/>=]*")
_EQUALS = re.compile(rf"[{_SPACE}]*=[{_SPACE}]*")
_UNQUOTED = re.compile(rf"[^{_SPACE}>]*")
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT_MARK = re.compile(rf"<!--(?:-?>)?|-->|<(?P<slash>/?)script(?=[{_SPACE}/>])", re.IGNORECASE)

_RAW_TEXT = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute; ``html[start:end]`` is its value with its quotes, ``value`` what it means.

    The name is lowercase.
    """

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StartTag:
    """A start tag, ``html[start:end]``. The name is lowercase.

    ``html[end:text_end]`` is the text of an element that cannot hold others, such as a script; of others, nothing.
    """

    name: str
    attributes: tuple[Attribute, ...]
    start: int
    end: int
    text_end: int

    def get(self, name: str) -> str | None:
        """Return the value of the attribute; of a repeated one the first, as parsers do."""
        return next((attribute.value for attribute in self.attributes if attribute.name == name), None)


def start_tags(html: str) -> Iterator[StartTag]:
    """Yield the start tags that a browser finds in ``html``."""
    position = 0
    while (opening := _OPENING.search(html, position)) is not None:
        text = opening[0]
        if text[1].isalpha():
            tag = _start_tag(html, opening)
            if tag is None:
                return
            yield tag
            if tag.name == "plaintext":
                return
            position = tag.text_end
        else:
            position = _markup_end(html, opening)


def _markup_end(html: str, opening: re.Match[str]) -> int:
    """Return where a comment, an end tag, a doctype or what is taken for a comment ends."""
    start = opening.end()
    if opening[0] == "<!--":
        if abrupt := re.compile(r"-?>").match(html, start):
            return abrupt.end()
        end = _COMMENT_END.search(html, start)
        return end.end() if end else len(html)
    if opening[0][1] == "/" and len(opening[0]) > 2:
        attributes = _attributes(html, _UNQUOTED.match(html, start).end())  # type: ignore[union-attr]
        return attributes[1] if attributes else len(html)
    end_of_bogus = html.find(">", start)
    return len(html) if end_of_bogus < 0 else end_of_bogus + 1


def _start_tag(html: str, opening: re.Match[str]) -> StartTag | None:
    found = _attributes(html, opening.end())
    if found is None:
        return None
    attributes, end = found
    name = opening[0][1:].lower()
    text_end = _text_end(html, name, end) if name in _RAW_TEXT else end
    return StartTag(name, attributes, opening.start(), end, text_end)


def _attributes(html: str, position: int) -> tuple[tuple[Attribute, ...], int] | None:
    """Return the attributes from ``position`` on and where their tag ends, or None where the text ends before."""
    attributes: list[Attribute] = []
    while True:
        position = _BEFORE_ATTRIBUTE.match(html, position).end()  # type: ignore[union-attr]
        if position == len(html):
            return None
        if html[position] == ">":
            return tuple(attributes), position + 1
        attribute = _attribute(html, position)
        if attribute is None:
            return None
        attributes.append(attribute)
        position = attribute.end


def _attribute(html: str, position: int) -> Attribute | None:
    name = _ATTRIBUTE_NAME.match(html, position)
    assert name is not None
    lowercase, equals = name[0].lower(), _EQUALS.match(html, name.end())
    if equals is None:
        return Attribute(lowercase, "", name.end(), name.end())
    start = equals.end()
    quote = html[start : start + 1]
    if quote in ('"', "'"):
        end = html.find(quote, start + 1)
        return None if end < 0 else Attribute(lowercase, unescape(html[start + 1 : end]), start, end + 1)
    value = _UNQUOTED.match(html, start)
    assert value is not None
    return Attribute(lowercase, unescape(value[0]), start, value.end())


def _text_end(html: str, name: str, start: int) -> int:
    if name == "script":
        return _script_end(html, start)
    end = re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE).search(html, start)
    return end.start() if end else len(html)


def _script_end(html: str, start: int) -> int:
    """Return where a script ends: a ``</script>`` that belongs to a ``<script>`` in ``<!-- -->`` does not end it."""
    in_comment = in_inner_script = False
    for mark in _SCRIPT_MARK.finditer(html, start):
        if mark[0] == "<!--":
            in_comment = True
        elif mark[0].endswith("->"):  # "-->", and "<!-->", which opens and closes
            in_comment = in_inner_script = False
        elif not mark["slash"]:
            in_inner_script = in_comment
        elif in_inner_script:
            in_inner_script = False
        else:
            return mark.start()
    return len(html)
