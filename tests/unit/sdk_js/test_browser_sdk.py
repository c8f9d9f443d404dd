"""The browser SDK: its own tests pass, what the service ships is built from its sources, and all versions agree."""

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import widget_service._version
import widget_service_sdk

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "sdk" / "js"
SHIPPED = ROOT / "service" / "src" / "widget_service" / "widgets" / "static" / "widget-sdk"
MAX_GZIPPED_BYTES = 5 * 1024

NPM = shutil.which("npm")
needs_npm = pytest.mark.skipif(NPM is None, reason="npm is not there; install it with: make setup-system")
needs_modules = pytest.mark.skipif(
    not (ROOT / "node_modules" / "typescript").exists(),
    reason="node_modules is not there; fill it with: make setup-dev",
)


def run(*command: str) -> str:
    """What a command says, in the package's directory. Fails with it, if the command does."""
    ran = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=110, check=False)
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said[-8000:]
    return said


@needs_npm
@needs_modules
def test_its_own_tests_pass() -> None:
    said = run("npm", "test", "--silent")
    passed = re.search(r"^(?:# |ℹ )pass (\d+)$", said, re.MULTILINE)
    assert passed, said[-2000:]
    assert int(passed[1]) > 700


@needs_npm
@needs_modules
def test_its_types_hold() -> None:
    assert run("npm", "run", "check", "--silent") == ""


@needs_npm
@needs_modules
def test_what_the_service_ships_is_built_from_the_sources(tmp_path: Path) -> None:
    run("node", "scripts/build.js", "--out", str(tmp_path))
    built = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    shipped = {file.name: file.read_bytes() for file in SHIPPED.iterdir()}
    assert built.keys() == shipped.keys() == {"index.js", "index.umd.js", "index.d.ts"}
    stale = [name for name in built if built[name] != shipped[name]]
    assert not stale, f"{stale} are not what the sources give; build them with: make build-js"


def test_the_module_is_small() -> None:
    assert len(gzip.compress((SHIPPED / "index.js").read_bytes(), 9)) <= MAX_GZIPPED_BYTES


def test_all_versions_agree() -> None:
    versions = {
        "sdk/js/package.json": json.loads((PACKAGE / "package.json").read_text())["version"],
        "package-lock.json": json.loads((ROOT / "package-lock.json").read_text())["packages"]["sdk/js"]["version"],
        "sdk/python": widget_service_sdk.__version__,
        "service": widget_service._version.__version__,
    }
    for file in SHIPPED.iterdir():
        banner = re.match(r"/\*! widget-service-sdk (\S+) \|", file.read_text(encoding="utf-8"))
        versions[file.name] = banner and banner[1]
    assert len(versions) == 7
    assert len(set(versions.values())) == 1, versions


@pytest.mark.parametrize("lock", ["package-lock.json", "bench/peers/package-lock.json"])
def test_a_lock_file_names_no_host(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")
