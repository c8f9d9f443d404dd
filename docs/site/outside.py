"""Brings documents that stand outside of `docs/` into the site, and keeps links right that lead to and from them.

A page that is nothing but a link to such a document (`[CHANGELOG.md](../../CHANGELOG.md)`) gets its text. Links to a
document that has such a page lead to the page; other files of the repository are named, since the site lacks them.
"""

import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s:#]+)(#[^)\s]*)?\)")
_STAND_IN = re.compile(r"\s*\[[^\]]*\]\(([^)\s:#]+)\)\s*")
_LIST_OF_DECISIONS = "\n```{toctree}\n:hidden:\n:glob:\n\n[0-9]*\n```\n"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what happens when a source is read."""
    stand_ins = find_stand_ins()
    app.connect("source-read", lambda _, name, source: source.__setitem__(0, text_of(name, source[0], stand_ins)))
    return {"version": "1", "parallel_read_safe": True}


def find_stand_ins() -> dict[Path, Path]:
    """Return the document outside of `docs/` that each page stands in for: document to page."""
    found = {}
    for page in DOCS.rglob("*.md"):
        if match := _STAND_IN.fullmatch(page.read_text(encoding="utf-8")):
            found[(page.parent / match[1]).resolve()] = page
    return found


def text_of(name: str, source: str, stand_ins: dict[Path, Path]) -> str:
    """Return what the page `name` shows, in Markdown."""
    page = DOCS / f"{name}.md"
    document = page
    for outside, stand_in in stand_ins.items():
        if stand_in == page:
            document, source = outside, outside.read_text(encoding="utf-8")
    text = _LINK.sub(lambda link: _led_right(link, document, page, stand_ins), source)
    return text + (_LIST_OF_DECISIONS if name == "decisions/README" else "")


def _led_right(link: re.Match[str], document: Path, page: Path, stand_ins: dict[Path, Path]) -> str:
    """Return a link of `document` as it stands on `page`."""
    label, target, anchor = link[1], (document.parent / link[2]).resolve(), link[3] or ""
    if not target.exists():
        return link[0]
    target = stand_ins.get(target, target)
    if target.is_relative_to(DOCS) and target.suffix == ".md":
        return f"[{label}]({os.path.relpath(target, page.parent)}{anchor})"
    inside = target.is_relative_to(DOCS)
    return link[0] if inside else _named(label, str(target.relative_to(ROOT)))


def _named(label: str, path: str) -> str:
    return f"`{path}`" if path in label.strip("`") else f"{label} (`{path}` of the repository)"
