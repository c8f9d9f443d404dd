"""What a page looks like, without what differs from run to run: elements, classes and words, no times and numbers."""

import hashlib
import json
from pathlib import Path

from playwright.sync_api import Page

import widget_service.admin.pages

_STYLES = Path(widget_service.admin.pages.__file__).parent / "static" / "admin.css"

_WALK = r"""(leftOut) => {
  const words = (text) => text.trim().replace(/\s+/g, " ").replace(/\S*\d\S*/g, "0");
  const told = ["type", "role", "aria-label", "placeholder", "hidden", "open"];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return words(node.data) || null;
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches("script, template")) return null;
    if (leftOut && node.matches(leftOut)) return null;
    const classes = [...node.classList].filter((name) => !name.startsWith("htmx-"));
    const name = [node.localName, ...classes].join(".");
    if (node.localName === "time" || node.localName === "svg") return name;
    const said = told.filter((each) => node.hasAttribute(each)).map((each) => [each, words(node.getAttribute(each))]);
    const inner = [...node.childNodes].map(walk).filter((each) => each !== null);
    if (node.localName !== "tbody") return [name, said, inner];
    return [name, said, [...new Set(inner.map((row) => JSON.stringify(row)))].sort()];
  };
  return walk(document.body);
}"""


def structure_digest(page: Page, left_out: str = "") -> str:
    """Return a digest of what the page has now, but for what matches ``left_out``, and of the style sheet."""
    found = json.dumps(page.evaluate(_WALK, left_out), sort_keys=True)
    return hashlib.sha256(found.encode() + _STYLES.read_bytes()).hexdigest()[:16]
