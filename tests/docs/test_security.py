"""Every threat that SECURITY.md names has a test that is there and is run."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [line for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]


def test_every_threat_names_a_test_that_is_there():
    assert len(ROWS) > 20
    named = [re.search(r"`(tests/[\w/]+/test_\w+\.py)` \|$", row) for row in ROWS]
    assert [row for row, test in zip(ROWS, named, strict=True) if test is None] == []
    assert [test[1] for test in named if test is not None and not (ROOT / test[1]).is_file()] == []
