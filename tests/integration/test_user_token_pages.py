"""``docs/how-to/sign-in-users.md``: what it says to run makes tokens that are believed; its definitions are valid."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.pages import blocks, commands
from widget_service.identity.user_keys import read_user_keys
from widget_service.identity.user_tokens import UserTokens
from widget_service.registry.validate import validate_connectors
from widget_service.settings import load_settings

PYTHON, NODE = blocks("docs/how-to/sign-in-users.md", "python"), blocks("docs/how-to/sign-in-users.md", "js")
DEFINITIONS = [
    json.loads(text)
    for text in (*blocks("docs/how-to/sign-in-users.md", "json"), *blocks("docs/how-to/tenants.md", "json"))
]
SETTINGS = blocks("docs/how-to/tenants.md", "ini")
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
    for line in commands("docs/how-to/sign-in-users.md", "openssl")[1:]:
        run(["sh", "-c", line], tmp_path)
    (tmp_path / "mint.py").write_text(PYTHON[1])
    keys = read_user_keys((tmp_path / "public.pem").read_text())
    user = UserTokens(*keys, tenant_id="default").verify(run([sys.executable, "mint.py"], tmp_path))
    assert (user.id, user.email) == ("42", "anna@example.com")


def test_the_definitions_are_valid():
    assert len(DEFINITIONS) == 2
    assert not validate_connectors({"connectors": DEFINITIONS}).has_errors


def test_the_settings_of_a_proxy_can_be_used(monkeypatch):
    for name, value in (line.split("=") for text in SETTINGS for line in text.splitlines()):
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.public_url == "https://widgets.example.com"
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8"]
