"""The distributions hold all that they need and nothing else, and agree about their version."""

import email
import json
import subprocess
import tarfile
import zipfile

import pytest

from packages.conftest import ROOT, Built

PACKAGES = {"sdk": "widget_service_sdk", "service": "widget_service"}


def metadata(built: Built) -> email.message.Message:
    with zipfile.ZipFile(built.wheel) as wheel:
        return email.message_from_bytes(
            wheel.read(next(name for name in wheel.namelist() if name.endswith("/METADATA")))
        )


def tracked(built: Built) -> set[str]:
    """Return the package's files as they are under version control, in wheels' spelling."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "src"],
        cwd=built.source,
        check=True,
        capture_output=True,
        text=True,
    )
    names = {name.removeprefix("src/") for name in listed.stdout.split("\0") if name}
    return {name for name in names if (built.source / "src" / name).exists()}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_wheel_holds_every_file_of_its_package(built, name):
    with zipfile.ZipFile(built[name].wheel) as wheel:
        held = {file for file in wheel.namelist() if ".dist-info/" not in file}
    assert held == tracked(built[name])
    assert f"{PACKAGES[name]}/py.typed" in held


@pytest.mark.parametrize("name", PACKAGES)
def test_a_wheel_tells_what_it_is(built, name):
    told = metadata(built[name])
    assert told["License-Expression"] == "Apache-2.0"
    assert told["Requires-Python"] == ">=3.11"
    assert told["Description-Content-Type"] == "text/markdown"
    assert "pip install" in told.get_payload()
    with zipfile.ZipFile(built[name].wheel) as wheel:
        licence = next(file for file in wheel.namelist() if file.endswith("licenses/LICENSE"))
        assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("name", PACKAGES)
def test_a_wheel_keeps_nothing_of_the_machine_it_was_built_on(built, name):
    with zipfile.ZipFile(built[name].wheel) as wheel:
        for file in wheel.namelist():
            assert str(ROOT).encode() not in wheel.read(file), file


@pytest.mark.parametrize("name", PACKAGES)
def test_an_sdist_holds_what_its_wheel_is_built_from(built, name):
    with tarfile.open(built[name].sdist) as sdist:
        held = {member.name.partition("/")[2] for member in sdist.getmembers()}
    assert {f"src/{file}" for file in tracked(built[name])} | {"pyproject.toml", "README.md", "LICENSE"} <= held
    assert not {file for file in held if "__pycache__" in file or "node_modules" in file}


def test_versions_agree(built):
    """Of both wheels, of the npm package, and of what its lock file says."""
    versions = {metadata(each)["Version"] for each in built.values()}
    versions.add(json.loads((ROOT / "sdk/js/package.json").read_text())["version"])
    versions.add(json.loads((ROOT / "package-lock.json").read_text())["packages"]["sdk/js"]["version"])
    assert len(versions) == 1


def test_every_copy_of_the_licence_is_the_same():
    for place in ("service", "sdk/python", "sdk/js"):
        assert (ROOT / place / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
