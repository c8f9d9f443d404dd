"""The guides for developing widgets and for working offline: their commands run, their files do as they say."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from support.pages import blocks, commands, text_of
from support.service import serving, write_dev_config, write_registry
from support.upstream import reply_json
from widget_service.cli import app
from widget_service.dev.offline.faults import SLOW_S, Fault
from widget_service.dev.offline.inventing import invent
from widget_service.scaffold.files import Form
from widget_service.widgets.preview.view import MAX_INSTANCES, VIEWPORTS

DEVELOP = text_of("docs/how-to/develop-widgets.md")
DEVELOPING, WORKING_OFFLINE = (
    [shlex.split(line)[1:] for line in lines]
    for lines in (
        commands("docs/how-to/develop-widgets.md", "widget-service"),
        commands("docs/how-to/work-offline.md", "widget-service"),
    )
)
RECORDING, SCHEMA, INVENTED, FAILING = map(json.loads, blocks("docs/how-to/work-offline.md", "json"))


def test_what_is_begun_by_its_commands_is_sound_and_served(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    *beginning, dev = DEVELOPING
    assert dev == ["dev"]
    for command in beginning:
        begun = CliRunner().invoke(app, command)
        assert begun.exit_code == 0, begun.output
    checked = CliRunner().invoke(app, ["validate", "."])
    assert checked.exit_code == 0, checked.output
    with serving(tmp_path) as service:
        for name in ("acme_plants", "acme_shelf"):
            assert service.client.get(f"/widgets/{name}/manifest.json").status_code == 200
        assert service.client.get("/live/calls").json()["connectors"] == ["plant-prices"]


def test_its_tables_have_every_choice():
    assert all(f"`{name}`" in DEVELOP or f"={name}`" in DEVELOP for name in VIEWPORTS)
    assert all(f"`{fault.value}`" in DEVELOP for fault in Fault)
    assert f"({SLOW_S:g} seconds)" in DEVELOP
    assert all(form.value in DEVELOP.lower() for form in Form)
    assert MAX_INSTANCES == 4


@pytest.fixture
def repo(tmp_path, upstream) -> Path:
    """The README's connector, or one like it."""
    folder = tmp_path / "repo"
    folder.mkdir()
    query = [{"key": "q", "value": "", "overridable": True}]
    key = {"type": "api_key", "config": {"key": "X-Api-Key", "value": "{{ get_secret('key') }}", "in": "header"}}
    url = "https://api.plantbook.example/v1/plants"
    write_registry(folder, [{"name": "Plants", "url": url, "query_parameters": query, "authentication": key}])
    return folder


def test_its_recording_is_what_is_recorded(repo, upstream):
    write_dev_config(repo, f'[secrets]\nkey = "a-planted-key"\n[map]\n"api.plantbook.example" = "{upstream.origin}"\n')
    upstream.replies["/v1/plants"] = reply_json(RECORDING["response"]["json"], Date="now", Set_Cookie="a=b")
    record, replay, mock = WORKING_OFFLINE
    assert [command[0] for command in (record, replay, mock)] == ["dev"] * 3
    with serving(repo, *record[1:]) as service:
        service.execute("plants", params={"q": "fern"})
    [file] = (repo / ".widget-service" / "recordings" / "plants").iterdir()
    assert file.read_text() == json.dumps(RECORDING, indent=2) + "\n"
    (repo / ".widget-service" / "dev.toml").unlink()
    with serving(repo, *replay[1:]) as service:
        assert service.execute("plants", params={"q": "fern"}).json() == RECORDING["response"]["json"]


def test_its_mocks_answer_as_it_says(repo):
    assert invent(SCHEMA) == INVENTED
    mocks = repo / ".widget-service" / "mocks"
    mocks.mkdir(parents=True)
    (mocks / "plants.schema.json").write_text(json.dumps(SCHEMA))
    with serving(repo, *WORKING_OFFLINE[2][1:]) as service:
        assert service.execute("plants").json() == INVENTED
        (mocks / "plants.json").write_text(json.dumps(FAILING))
        answer = service.execute("plants")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")


def test_its_lines_for_git_keep_recordings_and_mocks_alone(tmp_path):
    [lines] = blocks("docs/how-to/work-offline.md", "text")
    (tmp_path / ".gitignore").write_text(lines)
    names = ("recordings/a/GET.json", "mocks/a.json", "dev.toml", "master.key", "recordings/variables.json")
    for name in names:
        file = tmp_path / ".widget-service" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert sorted(listed) == sorted([".gitignore", *(f".widget-service/{name}" for name in names if "/" in name)])
