"""``dev`` has admin pages too: over a database of the repository's own, in step with its files."""

import re

import httpx2
import pytest

from support.processes import free_port
from support.service import serving, write_dev_config, write_registry
from support.waiting import wait_until
from widget_service.control import registries, values
from widget_service.control.plane import control_plane
from widget_service.settings import load_settings

PLANTS = {"name": "Plants", "url": "https://api.example.com/plants"}


@pytest.fixture
def repo(tmp_path):
    folder = tmp_path / "repo"
    folder.mkdir()
    write_registry(folder, [PLANTS])
    write_dev_config(folder, '[secrets]\napi_key = "k3y"\n[variables]\nregion = "eu"\n')
    return folder


def stored(repo):
    """What the database in the repository's state holds."""
    settings = load_settings(defaults={"data_dir": repo / ".widget-service"})
    with control_plane(settings) as plane, plane.database.read() as read:
        found = registries.definitions.of_tenant(read, "default")
        secret = values.secret_value(plane, read, "default", "api_key")
        return [row.permalink for row in found], secret


def test_somebody_logs_in_with_the_password_that_is_printed_and_sees_the_repository(repo):
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with serving(repo, env={"WIDGET_SERVICE_ADMIN_PORT": str(port)}) as service:
        wait_until(lambda: "admin / " in service.log.read_text())
        password = re.search(r"admin / (\S+)", service.log.read_text())[1]
        assert f"{origin}/admin/" in service.log.read_text()
        with httpx2.Client(base_url=origin, headers={"Origin": origin}, trust_env=False) as browser:
            wait_until(lambda: _answers(browser))
            assert browser.post("/admin/login", data={"name": "admin", "password": password}).status_code == 303
            listed = browser.get("/api/v1/connectors").json()["items"]
        assert [connector["permalink"] for connector in listed] == ["plants"]
        assert stored(repo) == (["plants"], "k3y")
        write_registry(repo, [PLANTS, {**PLANTS, "name": "Roses"}])
        wait_until(lambda: stored(repo)[0] == ["plants", "roses"])
        write_registry(repo, [{"name": "Broken", "url": "nowhere"}])
        write_dev_config(repo, '[secrets]\napi_key = "0ther"\n')
        wait_until(lambda: stored(repo)[1] == "0ther")
        assert stored(repo)[0] == ["plants", "roses"]
    assert (repo / ".widget-service" / "admin-password").stat().st_mode & 0o777 == 0o600


def test_calls_of_the_repository_are_found_in_its_admin_pages(repo, upstream):
    write_registry(repo, [{"name": "Plants", "url": f"{upstream.origin}/plants"}])
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with (
        serving(repo, env={"WIDGET_SERVICE_ADMIN_PORT": str(port)}) as service,
        httpx2.Client(base_url=origin, headers={"Origin": origin}, trust_env=False) as browser,
    ):
        wait_until(lambda: "admin / " in service.log.read_text() and _answers(browser))
        password = re.search(r"admin / (\S+)", service.log.read_text())[1]
        assert browser.post("/admin/login", data={"name": "admin", "password": password}).status_code == 303
        assert service.client.get("/widget-service/connectors/plants/execute").status_code == 200
        wait_until(lambda: browser.get("/api/v1/executions").json()["items"])
        (call,) = browser.get("/api/v1/executions").json()["items"]
        assert (call["permalink"], call["status"]) == ("plants", 200)


def test_two_repositories_run_beside_each_other(repo, tmp_path):
    """Nobody has chosen a port: the second takes another than the usual one."""
    other = tmp_path / "other"
    other.mkdir()
    write_registry(other, [PLANTS])
    with serving(repo, admin=True) as first, serving(other, admin=True) as second:
        places = [re.search(r"admin +(\S+)/admin/", service.log.read_text())[1] for service in (first, second)]
        assert places[0] != places[1]


def _answers(browser):
    try:
        return browser.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False
