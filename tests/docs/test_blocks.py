"""Every block of code in the documents is executed by a test, or says in the document why it is not."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from support.pages import INDENTED, ROOT, all_blocks, documents
from support.shell import SHELL

ELSEWHERE = {
    ("sdk/js/README.md", "js"): "sdk/js/test/readme.test.js",
}
"""Blocks that tests in JavaScript execute."""


@pytest.mark.parametrize("page", documents())
def test_every_block_is_executed_or_says_why_not(page):
    left = [
        f"{page}:{block.line} ({block.language})"
        for block in all_blocks(page)
        if block.illustrative is None
        and not block.language.startswith("{")
        and (page, block.language) not in asked()
        and (page, block.language) not in ELSEWHERE
    ]
    assert left == [], "no test asks for these; put <!-- illustrative: why --> before what cannot be executed"


def test_nothing_is_asked_for_that_is_not_there():
    there = {(page, block.language) for page in documents() for block in all_blocks(page) if block.illustrative is None}
    sessions = {(page, kind) for page in documents() for kind in (INDENTED, SHELL)}
    assert asked() - sessions - there == set()
    for (page, language), test in ELSEWHERE.items():
        assert (page, language) in there
        assert page.rpartition("/")[2] in (ROOT / test).read_text(encoding="utf-8")


@cache
def asked() -> frozenset[tuple[str, str]]:
    """Return page and language of every call of `blocks`, `commands` or `session` in the tests."""
    return frozenset(claim for file in (ROOT / "tests").rglob("*.py") for claim in _asked_in(file.read_text("utf-8")))


def _asked_in(source: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(source)) if "pages" in source or "shell" in source else ():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        given = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
        match name, given:
            case "blocks", [str(page), str(language)]:
                yield page, language
            case "commands", [str(page), *_]:
                yield page, INDENTED
            case "session", [str(page), *_]:
                yield page, INDENTED
                yield page, SHELL
