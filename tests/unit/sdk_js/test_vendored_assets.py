"""What the admin pages load of others is what the locked packages give, with the licences beside it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VENDOR = ROOT / "service/src/widget_service/admin/pages/static/vendor"


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not there; install it with: make setup-system")
@pytest.mark.skipif(
    not (ROOT / "node_modules" / "esbuild").exists(), reason="node_modules is not there; fill it with: make setup-dev"
)
def test_they_are_what_the_locked_packages_give() -> None:
    command = ["node", str(ROOT / "service/scripts/vendor.mjs"), "--check"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert ran.returncode == 0, ran.stderr


def test_each_has_its_licence() -> None:
    scripts = {file.name.removesuffix(".js").removesuffix(".min") for file in VENDOR.glob("*.js")}
    assert scripts == {file.name.removesuffix(".LICENSE.txt") for file in VENDOR.glob("*.LICENSE.txt")}
    assert "Permission is hereby granted" in (VENDOR / "codemirror.LICENSE.txt").read_text(encoding="utf-8")
