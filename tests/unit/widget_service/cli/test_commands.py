"""The commands that only print: what they say, and the exit codes that scripts rely on."""

import json

import pytest
from typer.testing import CliRunner

from widget_service.cli import app
from widget_service.settings import Settings

REGISTRY = {"connectors": [{"name": "Plants", "url": "https://api.example.com/plants"}]}


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def write(tmp_path):
    def write(value, name="connectors_registry.json"):
        file = tmp_path / name
        file.write_text(value if isinstance(value, str) else json.dumps(value))
        return file

    return write


def test_the_version(run):
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, "widget-service 0.1.0\n")


def test_a_good_registry(run, write):
    result = run("validate", write(REGISTRY))
    assert result.exit_code == 0
    assert "1 connector, 0 composites, no problems" in result.stdout.replace("\n", " ")


def test_a_registry_of_any_name_is_told_apart_by_its_content(run, write):
    widget = {"title": "W", "type": "w", "category": "Demo", "source": {"path": "w/dist", "entry": "content.html"}}
    result = run("validate", write({"widgets": [widget]}, "anything.json"))
    assert result.exit_code == 0
    assert "1 widget" in result.stdout


def test_every_problem_is_told_with_its_place(run, write):
    bad = {"connectors": [{"name": "A", "url": "http://localhost/"}, {"name": "B", "url": "x", "method": "get"}]}
    result = run("validate", write(bad))
    assert result.exit_code == 1
    assert "$.connectors[0].url" in result.stdout
    assert "$.connectors[1].url" in result.stdout
    assert "$.connectors[1].method" in result.stdout


def test_a_syntax_error_shows_its_line(run, write):
    result = run("validate", write('{"connectors": [\n  {"name": "A",}\n]}'))
    assert result.exit_code == 1
    assert ":2:" in result.stdout


def test_a_folder_without_a_registry_is_refused(run, tmp_path):
    result = run("validate", tmp_path)
    assert result.exit_code == 1
    assert "holds no registry" in result.stdout


def test_a_file_that_is_no_registry_is_refused(run, write):
    result = run("validate", write({"name": "package"}, "package.json"))
    assert result.exit_code == 1
    assert "is no registry of either kind" in result.stdout


def test_problems_as_json(run, write):
    file = write({"connectors": [{"name": "A", "url": "x"}]})
    result = run("validate", "--json", file)
    assert result.exit_code == 1
    [checked] = json.loads(result.stdout)
    assert (checked["file"], checked["valid"]) == (str(file), False)
    assert checked["problems"][0]["path"] == "$.connectors[0].url"


def test_development_admits_local_destinations(run, write):
    file = write({"connectors": [{"name": "A", "url": "http://127.0.0.1:9000/"}]})
    assert run("validate", file).exit_code == 1
    assert run("validate", "--allow-insecure-upstreams", file).exit_code == 0


def test_settings_show_what_this_process_would_use(run, monkeypatch):
    monkeypatch.setenv("WIDGET_SERVICE_PORT", "9000")
    result = run("settings", "--json")
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert rows["WIDGET_SERVICE_PORT"]["value"] == 9000
    assert rows["WIDGET_SERVICE_PORT"]["default"] == 8400
    assert all(row["meaning"] for row in rows.values())
    assert "WIDGET_SERVICE_PORT = 9000   (default: 8400)" in run("settings").stdout


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_the_settings_are_readable_at_any_width(run, monkeypatch, columns):
    """No name is cut; a long value, which the terminal wraps by itself, is whole too."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("WIDGET_SERVICE_DATA_DIR", "/srv/" + "x" * 100)
    lines = run("settings").stdout.splitlines()
    assert [line.split(" = ")[0] for line in lines if not line.startswith(" ")] == [
        f"WIDGET_SERVICE_{name.upper()}" for name in Settings.model_fields
    ]
    assert any(line.startswith("WIDGET_SERVICE_DATA_DIR = /srv/" + "x" * 100) for line in lines)
    assert all(len(line) <= int(columns) for line in lines if line.startswith(" "))


def test_a_misspelt_setting_is_told_beside_the_settings(run, monkeypatch):
    monkeypatch.setenv("WIDGET_SERVICE_PROT", "9000")
    result = run("settings", "--json")
    assert (result.exit_code, len(json.loads(result.stdout))) == (0, len(Settings.model_fields))
    assert "WIDGET_SERVICE_PROT is not a setting" in result.stderr


def test_settings_that_cannot_be_used_are_told(run, monkeypatch):
    monkeypatch.setenv("WIDGET_SERVICE_PORT", "x")
    result = run("settings")
    assert result.exit_code == 1
    assert "WIDGET_SERVICE_PORT" in result.stderr


def test_a_user_token_names_its_user(run, tmp_path):
    from widget_service.dev.user_tokens import user_tokens_of

    result = run("user-token", "--repo", tmp_path, "--sub", "u-1", "--email", "anna@example.com")
    assert result.exit_code == 0
    user = user_tokens_of(tmp_path).verify(result.stdout.strip())
    assert (user.id, user.email) == ("u-1", "anna@example.com")
