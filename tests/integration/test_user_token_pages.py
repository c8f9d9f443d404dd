"""``docs/how-to/sign-in-users.md``: what it says to run makes tokens that are believed; its definitions are valid."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from widget_service.identity.user_keys import read_user_keys
from widget_service.identity.user_tokens import UserTokens
from widget_service.registry.validate import validate_connectors

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
PAGE = (HOW_TO / "sign-in-users.md").read_text()
PYTHON, NODE = (re.findall(rf"```{language}\n(.*?)```", PAGE, re.S) for language in ("python", "js"))
DEFINITIONS = [
    json.loads(text)
    for page in ("sign-in-users.md", "tenants.md")
    for text in re.findall(r"```json\n(.*?)```", (HOW_TO / page).read_text(), re.S)
]
SECRET = "b3h6VX0dYf1qkTgq2o0pWm9sRz4uLc7eJa8iNt5y"


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "USER_KEY": SECRET},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_python_program_signs_by_a_shared_secret(tmp_path):
    (tmp_path / "mint.py").write_text(PYTHON[0])
    user = UserTokens(SECRET.encode(), tenant_id="default").verify(run([sys.executable, "mint.py"], tmp_path))
    assert (user.id, user.email) == ("42", "anna@example.com")


def test_the_node_program_signs_by_a_shared_secret(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not there; install it with: make setup-system")
    (tmp_path / "mint.mjs").write_text(NODE[0])
    user = UserTokens(SECRET.encode(), tenant_id="default").verify(run([node, "mint.mjs"], tmp_path))
    assert (user.id, user.email) == ("42", "anna@example.com")


def test_the_key_pair_is_made_and_used_as_it_says(tmp_path):
    for line in re.findall(r"^    (openssl (?:ecparam|pkey).*)$", PAGE, re.M):
        run(["sh", "-c", line], tmp_path)
    (tmp_path / "mint.py").write_text(PYTHON[1])
    keys = read_user_keys((tmp_path / "public.pem").read_text())
    user = UserTokens(*keys, tenant_id="default").verify(run([sys.executable, "mint.py"], tmp_path))
    assert (user.id, user.email) == ("42", "anna@example.com")


def test_the_definitions_are_valid():
    assert len(DEFINITIONS) == 2
    assert not validate_connectors({"connectors": DEFINITIONS}).has_errors
