"""Accessibility of a page, by axe-core."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => (await axe.run(
  { exclude: ["gs-cc-registry-widget"] }, { iframes: false, resultTypes: ["violations"] })).violations"""
_SERIOUS = ("serious", "critical")


def serious_findings(page: Page) -> list[dict[str, Any]]:
    """Return what keeps people from using the page, its widgets aside: rule, and where."""
    if not _AXE.is_file():
        pytest.skip("axe-core is not there; node installs it: make setup-system, then make setup-dev")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    page.wait_for_function("() => document.getAnimations().length === 0")
    found = page.evaluate(_RUN)
    return [
        {"rule": each["id"], "at": [node["target"] for node in each["nodes"]], "help": each["help"]}
        for each in found
        if each["impact"] in _SERIOUS
    ]
