"""Development mode: a saved file is live, a broken one leaves the last good one served, missing values are told."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from support.service import Service, serving, write_dev_config, write_registry
from support.waiting import wait_until


@pytest.fixture
def service(tmp_path, upstream):
    write_registry(tmp_path, [{"name": "One", "url": f"{upstream.origin}/one"}])
    with serving(tmp_path) as running:
        yield running


def status_of(service: Service, permalink: str) -> int:
    return service.execute(permalink).status_code


def test_a_saved_registry_is_served(service, upstream):
    assert status_of(service, "one") == 200
    service.write_registry([{"name": "Two", "url": f"{upstream.origin}/two"}])
    wait_until(lambda: status_of(service, "two") == 200)
    assert status_of(service, "one") == 404


@pytest.mark.parametrize("broken", ["{", json.dumps({"connectors": [{"name": "One"}]})])
def test_a_broken_save_is_told_and_leaves_the_last_good_one(service, upstream, broken):
    (service.repo / "connectors_registry.json").write_text(broken)
    wait_until(lambda: "last good" in service.log.read_text())
    assert status_of(service, "one") == 200
    service.write_registry([{"name": "Three", "url": f"{upstream.origin}/three"}])
    wait_until(lambda: status_of(service, "three") == 200)


@pytest.mark.parametrize("way", ["removed", "moved away"])
def test_a_folder_that_is_made_anew_is_watched_again(tmp_path, upstream, way):
    repo = tmp_path / "repo"
    repo.mkdir()
    write_registry(repo, [{"name": "One", "url": f"{upstream.origin}/one"}])
    with serving(repo) as service:
        if way == "removed":
            shutil.rmtree(repo)
        else:
            repo.rename(tmp_path / "old")
        repo.mkdir()
        service.write_registry([{"name": "Two", "url": f"{upstream.origin}/two"}])
        wait_until(lambda: status_of(service, "two") == 200)
        service.write_registry([{"name": "Three", "url": f"{upstream.origin}/three"}])
        wait_until(lambda: status_of(service, "three") == 200)


def test_a_missing_value_is_told_once_with_the_line_to_add(service, upstream):
    headers = [{"key": "X-Key", "value": "{{ get_secret('nobody_set_it') }}"}]
    service.write_registry([{"name": n, "url": f"{upstream.origin}/", "headers": headers} for n in ("One", "Two")])
    wait_until(lambda: 'nobody_set_it = "…"  # read by one, two.' in service.log.read_text())
    assert service.log.read_text().count("nobody_set_it") == 1
    assert "holds no registry" not in service.log.read_text()


def test_an_empty_folder_says_what_would_be_served_and_serves_it_once_saved(tmp_path, upstream):
    with serving(tmp_path) as service:
        said = service.log.read_text()
        assert "holds no registry" in said
        assert "connectors_registry.json or extensions_registry.json at the root" in said
        service.write_registry([{"name": "One", "url": f"{upstream.origin}/one"}])
        wait_until(lambda: status_of(service, "one") == 200)


@pytest.mark.parametrize("command", ["dev", "serve"])
def test_a_misspelt_setting_is_told_at_the_start(tmp_path, command):
    env = {**os.environ, "WIDGET_SERVICE_UPSTREAM_TIMOUT_S": "1", "WIDGET_SERVICE_PORT": "none: it must not start"}
    done = subprocess.run(
        [sys.executable, "-m", "widget_service", command],
        capture_output=True,
        text=True,
        timeout=20,
        cwd=tmp_path,
        env=env,
    )
    assert done.returncode == 1
    assert "Did you mean WIDGET_SERVICE_UPSTREAM_TIMEOUT_S?" in done.stderr


def test_a_saved_secret_and_a_saved_mapping_are_used(service, upstream):
    authentication = {"type": "bearer", "config": {"token": "{{ get_secret('token') }}"}}
    service.write_registry([{"name": "One", "url": "https://api.example.com/one", "authentication": authentication}])
    wait_until(lambda: 'token = "…"' in service.log.read_text())
    write_dev_config(service.repo, f"[secrets]\ntoken = 't0k3n'\n[map]\n'api.example.com' = '{upstream.origin}'\n")
    wait_until(lambda: status_of(service, "one") == 200)
    assert upstream.last.headers["authorization"] == "Bearer t0k3n"
    assert "t0k3n" not in service.log.read_text()


def test_the_command_line_maps_hosts_too(tmp_path, upstream):
    write_registry(tmp_path, [{"name": "One", "url": "https://api.example.com/one"}])
    with serving(tmp_path, "--map", f"API.example.com={upstream.origin}") as service:
        assert status_of(service, "one") == 200
    assert upstream.last.path == "/one"


def test_the_printed_curl_line_works(service):
    line = next(line for line in service.log.read_text().splitlines() if line.strip().startswith("try "))
    command = line.split("try", 1)[1].strip()
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=20, check=True)
    assert json.loads(done.stdout)["path"] == "/one"


def test_documents_are_served(service):
    assert service.client.get("/healthz").json() == {"status": "ok"}
    assert service.client.get("/openapi.json").json()["openapi"].startswith("3.")
    assert service.client.get("/", follow_redirects=False).headers["location"] == "/preview/"


@pytest.mark.parametrize("name", ["index.js", "index.umd.js", "index.d.ts"])
def test_the_browser_sdk_is_served_to_any_page(service, name):
    latest = service.client.get(f"/widget-sdk/latest/{name}")
    assert latest.status_code == 200
    assert latest.headers["access-control-allow-origin"] == "*"
    assert latest.headers["cache-control"] == "no-cache"
    fixed = service.client.get(f"/widget-sdk/0.1.0/{name}")
    assert fixed.content == latest.content
    assert "immutable" in fixed.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/widget-sdk/latest/../../x", "/widget-sdk/latest/x.js", "/widget-sdk/9.9.9/index.js"]
)
def test_nothing_else_is_served_there(service, path):
    assert service.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["dev", "no-such-folder"], 2, "not a folder"),
        (["dev", ".", "--map", "api.example.com"], 2, "--map api.example.com=http"),
        (["dev", ".", "--map", "api.example.com=nonsense"], 2, "nonsense"),
        (["nonsense"], 2, "nonsense"),
        (["dev", ".", "--port", "x"], 2, "port"),
        (["dev", ".", "--port", "65536"], 2, "65535"),
    ],
)
def test_wrong_usage_is_told(tmp_path, arguments, code, message):
    done = subprocess.run(
        [sys.executable, "-m", "widget_service", *arguments], capture_output=True, text=True, timeout=20, cwd=tmp_path
    )
    assert done.returncode == code
    assert message in done.stderr


def test_a_port_that_is_taken_is_told(service):
    port = service.origin.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "widget_service", "dev", str(service.repo), "--port", port],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    assert f"{port} is taken" in done.stderr
    assert done.stdout == "", "there is no admin to log in to"
    assert "Traceback" not in done.stderr


def test_the_state_is_the_developers_alone(service):
    assert (service.repo / ".widget-service" / "master.key").stat().st_mode & 0o077 == 0


def test_a_session_survives_a_restart(tmp_path):
    with serving(tmp_path) as service:
        cookie = service.client.post("/session").headers["set-cookie"].partition(";")[0]
    with serving(tmp_path) as service:
        assert service.client.get("/session", headers={"Cookie": cookie}).status_code == 200
