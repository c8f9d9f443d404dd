"""Writes the reference pages: ``python -m docs.generate``."""

from docs.generate.pages import FOLDER, PAGES

for name, make in PAGES.items():
    (FOLDER / name).write_text(make(), encoding="utf-8")
