"""The bill of materials is valid, says all that runs in the service, and names no licence that is not admitted."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply.licences import is_admitted, licence_of
from supply.sbom import bill, vendored_packages

ROOT = Path(__file__).parents[3]


def test_it_is_what_the_standard_says():
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill())) is None


def test_the_same_locks_give_the_same_bytes():
    command = [sys.executable, "-m", "supply.sbom"]
    first, second = (subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout for _ in range(2))
    assert first == second
    assert json.loads(first) == bill()


def test_everything_that_is_locked_is_in_it_but_tools_that_build():
    locked = dict(
        re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE)
    )
    told = {each["name"]: each["version"] for each in bill()["components"] if each["purl"].startswith("pkg:pypi/")}
    left = {name: version for name, version in locked.items() if name not in told}
    assert told == {name: version for name, version in locked.items() if name not in left}
    assert set(left) == {"editables", "hatchling", "pathspec", "pluggy", "trove-classifiers"}
    assert {"granian", "pycurl", "sqlalchemy"} <= set(told)


def test_what_was_joined_of_javascript_is_in_it():
    told = {each["name"]: each["version"] for each in bill()["components"] if each["purl"].startswith("pkg:npm/")}
    assert set(told) == set(vendored_packages())
    assert {"htmx.org", "@codemirror/view"} <= set(told)
    texts = "".join(file.read_text() for file in ROOT.rglob("static/vendor/*.LICENSE.txt"))
    assert all(f"{name} {version}\n" in texts for name, version in told.items())


def test_every_licence_is_admitted():
    stated = {each["name"]: each["licenses"][0]["expression"] for each in bill()["components"] if "licenses" in each}
    assert [f"{name}: {licence}" for name, licence in stated.items() if not is_admitted(licence)] == []


def test_what_states_no_licence_is_not_installed_here():
    """Such as what only other systems need."""
    silent = [each["name"] for each in bill()["components"] if "licenses" not in each]
    assert set(silent) <= {"async-timeout", "colorama", "tzdata", "truststore"}
    assert all(licence_of(name) is None for name in silent)


@pytest.mark.parametrize(
    ("expression", "admitted"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("Apache-2.0 OR GPL-2.0-or-later", True),
        ("MIT AND GPL-3.0-only", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("(GPL-3.0-only OR AGPL-3.0-only) AND MIT", False),
        ("", False),
    ],
)
def test_a_licence_is_admitted_if_all_that_it_asks_can_be_chosen_so(expression, admitted):
    assert is_admitted(expression) is admitted
