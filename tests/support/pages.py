"""What the project's documents say: their blocks of code, so that tests can do as they say.

Every test that executes a block asks for it here, with the document's path written out: `tests/docs/test_blocks.py`
finds these calls and fails for a block that nobody asks for.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
INDENTED = "indented"
"""The language of blocks without a fence."""
_FENCED = re.compile(r"^(?P<fence>```+)(?P<language>\S*)[^\n]*\n(?P<text>.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?:    [^\n]*\n|\n(?=    ))+")
_ILLUSTRATIVE = re.compile(r"<!-- illustrative: (?P<reason>[^>]+?) -->\n+\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: where it stands, what it says, and why it is not executed, if it says so itself."""

    page: str
    line: int
    language: str
    text: str
    illustrative: str | None


def documents() -> list[str]:
    """Return the paths of all documents whose blocks are executed, from the repository's root."""
    fixed = [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "sdk/python/README.md",
        "sdk/js/README.md",
        "service/README.md",
    ]
    written = [path for path in (ROOT / "docs").rglob("*.md") if not _is_apart(path)]
    return fixed + sorted(path.relative_to(ROOT).as_posix() for path in (*written, *(ROOT / "examples").rglob("*.md")))


def _is_apart(path: Path) -> bool:
    """Reference pages are made of the code, decisions are history."""
    return bool({"_build", "reference", "decisions"} & set(path.relative_to(ROOT / "docs").parts))


def text_of(page: str) -> str:
    """Return the document, by its path from the repository's root."""
    return (ROOT / page).read_text(encoding="utf-8")


def all_blocks(page: str) -> list[Block]:
    """Return every block of a document, in order."""
    text = text_of(page)
    found = [(match.start(), match["language"], match["text"]) for match in _FENCED.finditer(text)]
    rest = _FENCED.sub(lambda match: re.sub(r"[^\n]", "x", match[0]), text)
    found += [(match.start(), INDENTED, _dedented(match[0])) for match in _INDENTED.finditer(rest) if match[0].strip()]
    return [_block(page, text, *block) for block in sorted(found)]


def blocks(page: str, language: str) -> list[str]:
    """Return the texts of a document's blocks of one language, those that are to be executed."""
    return [block.text for block in all_blocks(page) if block.language == language and block.illustrative is None]


def commands(page: str, program: str) -> list[str]:
    """Return the indented lines that begin with a program, their continuations and comments taken off."""
    lines = "\n".join(blocks(page, INDENTED)).replace("\\\n", " ").splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line.split(" ")[0].rpartition("/")[2] == program]


def _block(page: str, text: str, start: int, language: str, code: str) -> Block:
    reason = _ILLUSTRATIVE.search(text[:start])
    return Block(page, text.count("\n", 0, start) + 1, language, code, reason["reason"] if reason else None)


def _dedented(text: str) -> str:
    return (
        "".join(line[4:] if line.startswith("    ") else line for line in text.splitlines(keepends=True)).strip("\n")
        + "\n"
    )
