"""The entry of a widget as it is served: references lead to hosted files, inline modules are files of their own."""

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

from widget_service.widgets.hosting.html_tags import Attribute, StartTag, start_tags
from widget_service.widgets.hosting.references import References, bare_imports, rewrite_css, rewrite_srcset

INLINE_MODULE_ATTRIBUTE = "data-inline-module"

_PLACEHOLDER = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
_PAGE_TAGS = frozenset({"html", "head", "body"})
_REFERRING_ELEMENTS = frozenset({"link", "img", "script", "video", "audio", "source", "embed", "object"})
_REFERRING_ATTRIBUTES = frozenset({"src", "href", "data", "poster"})


@dataclass(frozen=True, slots=True)
class Edit:
    """``html[start:end]`` becomes ``text``."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Fragment:
    """A rewritten entry. ``modules`` are the files that its inline modules became; ``unresolved`` names no file.

    ``page_tags`` are those of a whole page, which have no meaning in a fragment; ``scripts`` are the URLs of scripts as
    they are written; ``placeholders`` are the names in ``{{ … }}``, outside of scripts and styles; ``imports`` are the
    stylesheets that styles import by a string.
    """

    html: str
    modules: dict[str, str] = field(default_factory=dict)
    unresolved: list[str] = field(default_factory=list)
    page_tags: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    placeholders: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)


def host_fragment(html: str, *, entry: str, files: Collection[str], base: str) -> Fragment:
    """Rewrite the HTML of ``entry`` for a folder that is served at ``base``; what needs no change is left verbatim."""
    references = References(entry, files, base)
    fragment = Fragment(html)
    edits: list[Edit] = []
    markup, position = [], 0
    for tag in start_tags(html):
        if tag.name in _PAGE_TAGS:
            fragment.page_tags.append(tag.name)
        if tag.name == "script" and (url := tag.get("src")):
            fragment.scripts.append(url.strip())
        markup.append(html[position : tag.end])
        position = tag.text_end
        edits += _attribute_edits(tag, references)
        if tag.name == "style":
            fragment.imports += bare_imports(html[tag.end : tag.text_end])
            edits += _changed(
                html, tag.end, tag.text_end, rewrite_css(html[tag.end : tag.text_end], references.rewrite)
            )
        elif is_inline_module(tag):
            edits += _take_module_out(fragment, tag, references)
    fragment.html = _apply(html, edits)
    fragment.unresolved = references.unresolved
    fragment.placeholders = _PLACEHOLDER.findall("".join([*markup, html[position:]]))
    return fragment


def is_inline_module(tag: StartTag) -> bool:
    """Whether the tag begins a module script whose code stands in the HTML."""
    return tag.name == "script" and (tag.get("type") or "").strip().lower() == "module" and tag.get("src") is None


def _take_module_out(fragment: Fragment, tag: StartTag, references: References) -> Iterator[Edit]:
    """Make the code a file beside the entry, so that its relative imports mean what they say.

    It begins on the line that it has in the entry, and what follows it stays on its own: errors name the right one.
    """
    name = _free_name(references, len(fragment.modules))
    fragment.modules[name] = "\n" * fragment.html.count("\n", 0, tag.end) + fragment.html[tag.end : tag.text_end]
    url = references.base + quote(name)
    after_name = tag.start + 1 + len(tag.name)
    yield Edit(after_name, after_name, f' {INLINE_MODULE_ATTRIBUTE} src="{escape(url)}"')
    yield Edit(tag.end, tag.text_end, "\n" * fragment.html.count("\n", tag.end, tag.text_end))


def _free_name(references: References, number: int) -> str:
    folder, mark = posixpath.dirname(references.entry), ""
    while (name := posixpath.join(folder, f"inline-module-{number}{mark}.js")) in references.files:
        mark += "-"
    return name


def _attribute_edits(tag: StartTag, references: References) -> Iterator[Edit]:
    for attribute in tag.attributes:
        value = _rewritten(tag, attribute, references)
        if value != attribute.value:
            yield Edit(attribute.start, attribute.end, f'"{escape(value)}"')


def _rewritten(tag: StartTag, attribute: Attribute, references: References) -> str:
    if attribute.name == "style":
        return rewrite_css(attribute.value, references.rewrite)
    if tag.name not in _REFERRING_ELEMENTS:
        return attribute.value
    if attribute.name == "srcset":
        return rewrite_srcset(attribute.value, references.rewrite)
    return references.rewrite(attribute.value) if attribute.name in _REFERRING_ATTRIBUTES else attribute.value


def _changed(html: str, start: int, end: int, text: str) -> Iterator[Edit]:
    if text != html[start:end]:
        yield Edit(start, end, text)


def _apply(html: str, edits: list[Edit]) -> str:
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [html[position : edit.start], edit.text]
        position = edit.end
    return "".join([*pieces, html[position:]])
