"""The files of the runtime and of the host page: their types hold, and each module that is named is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from widget_service.widgets.static_files import RUNTIME_DIR

ROOT = Path(__file__).resolve().parents[4]
TSC = ROOT / "node_modules" / ".bin" / "tsc"


@pytest.mark.skipif(
    shutil.which("node") is None or not TSC.exists(),
    reason="typescript is not there; install it with: make setup-system setup-dev",
)
def test_its_types_hold():
    ran = subprocess.run([TSC, "-p", ROOT / "service"], capture_output=True, text=True, timeout=110, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0)


def test_every_module_that_is_named_is_there():
    named = {
        name
        for file in RUNTIME_DIR.glob("*.js")
        for name in re.findall(r'(?:from|import\(|URL\()\s*"\.?/?([\w-]+\.js)"', file.read_text(encoding="utf-8"))
    }
    assert {"element.js", "page-sdk.js", "theme.js"} <= named
    assert named | {"index.js"} == {file.name for file in RUNTIME_DIR.glob("*.js")}
