"""The site of the documentation is built without a warning, and every link in the repository leads somewhere."""

import re
import subprocess
import sys
import unicodedata

import pytest

from support.pages import ROOT

TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def test_it_is_built_without_warnings(tmp_path):
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "docs", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
    home = (tmp_path / "index.html").read_text()
    for kind in ("tutorial", "how-to", "reference", "explanation"):
        assert f'href="{kind}/index.html"' in home
    assert "Unreleased" in (tmp_path / "project" / "changelog.html").read_text()


@pytest.mark.parametrize("page", TRACKED)
def test_every_link_leads_to_a_file_and_a_heading(page):
    file = ROOT / page
    for target, anchor in LINK.findall(CODE.sub("", file.read_text(encoding="utf-8"))):
        found = (file.parent / target).resolve() if target else file
        assert found.exists(), f"{page}: there is no {target}"
        assert not anchor or anchor in anchors(found.read_text(encoding="utf-8")), f"{page}: no heading #{anchor}"


def anchors(text: str) -> set[str]:
    """Return the names of a document's headings, as forges and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {slug(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)) for heading in headings}


def slug(heading: str) -> str:
    kept = (char for char in heading.lower() if char in " -_" or unicodedata.category(char)[0] in "LN")
    return "".join(kept).replace(" ", "-")


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(target for target, _ in listed) == sorted(path.name for path in folder.glob("[0-9]*.md"))
