"""``widget-service serve``: connectors of the database, changed while it serves, and kept when the database is gone."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from support.processes import free_port, running
from support.upstream import Reply
from support.waiting import wait_until
from widget_service.control import registries, tenants, values
from widget_service.control.plane import control_plane
from widget_service.settings import Settings, load_settings
from widget_service.vault import create_master_key_file

INSECURE = {"WIDGET_SERVICE_ALLOW_INSECURE_UPSTREAMS": "true", "WIDGET_SERVICE_SESSION_COOKIE_SECURE": "false"}


def make_installation(folder: Path) -> Settings:
    settings = load_settings(defaults={"data_dir": folder / "data", "allow_insecure_upstreams": True})
    create_master_key_file(settings.effective_master_key_file)
    with control_plane(settings, create=True) as plane:
        tenants.add_tenant(plane, "default", actor="test")
    return settings


def apply(settings: Settings, folder: Path, connectors: list[dict]) -> None:
    repo = folder / "repo"
    repo.mkdir(exist_ok=True)
    (repo / "connectors_registry.json").write_text(json.dumps({"connectors": connectors}))
    with control_plane(settings) as plane:
        registries.apply_registry(plane, "default", repo, actor="test")


def environment(settings: Settings, port: int, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIDGET_SERVICE_")}
    own = {
        "WIDGET_SERVICE_DATA_DIR": str(settings.data_dir),
        "WIDGET_SERVICE_PORT": str(port),
        "WIDGET_SERVICE_ADMIN_PORT": "0",
    }
    return {**clean, **INSECURE, **own, **more}


@contextmanager
def serving(settings: Settings, folder: Path, **more: str) -> Iterator[httpx2.Client]:
    port = free_port()
    command = ["-m", "widget_service", "serve"]
    with (
        running(command, port=port, log=folder / "serve.log", env=environment(settings, port, **more)),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client,
    ):
        yield client


def execute(client: httpx2.Client, permalink: str) -> httpx2.Response:
    return client.get(f"/widget-service/connectors/{permalink}/execute")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return make_installation(tmp_path)


def test_changes_of_another_process_are_served_within_a_second(settings, tmp_path, upstream):
    header = {"key": "X-Key", "value": "{{ get_secret('key') }}-{{ get_variable('v') }}"}
    apply(settings, tmp_path, [{"name": "One", "url": f"{upstream.origin}/one", "headers": [header]}])
    with serving(settings, tmp_path) as client:
        assert client.get("/readyz").json()["connectors"] == 1
        assert execute(client, "one").json()["errors"]["code"] == "TEMPLATE_ERROR"
        with control_plane(settings) as plane:
            values.set_secret(plane, "default", "key", "s3cret-value", actor="test")
            values.set_variable(plane, "default", "v", "eu", actor="test")
        taken_s = wait_until(lambda: execute(client, "one").status_code == 200)
        assert upstream.last.headers["x-key"] == "s3cret-value-eu"
        apply(settings, tmp_path, [{"name": "Two", "url": f"{upstream.origin}/two"}])
        taken_s += wait_until(lambda: execute(client, "two").status_code == 200)
        assert execute(client, "one").status_code == 404
        assert taken_s < 10  # two seconds at most, on a machine that may be very busy
    log = (tmp_path / "serve.log").read_text()
    assert "snapshot.replaced" in log
    assert "s3cret-value" not in log


def test_executions_go_on_while_the_database_is_locked_or_gone(settings, tmp_path, upstream):
    apply(settings, tmp_path, [{"name": "One", "url": f"{upstream.origin}/one"}])
    database = settings.data_dir / "widget-service.db"
    with serving(settings, tmp_path) as client:
        assert execute(client, "one").status_code == 200
        with control_plane(settings) as plane, plane.database.change(actor="test", action="hold"):
            assert execute(client, "one").status_code == 200
        database.rename(database.with_suffix(".away"))
        wait_until(lambda: "storage.watch.unavailable" in (tmp_path / "serve.log").read_text())
        assert execute(client, "one").status_code == 200
        database.with_suffix(".away").rename(database)
        apply(settings, tmp_path, [{"name": "Two", "url": f"{upstream.origin}/two"}])
        wait_until(lambda: execute(client, "two").status_code == 200)


def test_widgets_of_a_folder_are_hosted_in_its_theme_and_as_they_are_now(settings, tmp_path, upstream):
    apply(settings, tmp_path, [{"name": "One", "url": f"{upstream.origin}/one"}])
    entry, theme = tmp_path / "repo" / "plants" / "content.html", tmp_path / "repo" / ".widget-service" / "theme.json"
    for file, content in ((entry, "<p>first</p>"), (theme, '{"space-100": "9px"}')):
        file.parent.mkdir()
        file.write_text(content)
    source = {"path": "plants", "entry": "content.html"}
    plants = {"title": "Plants", "type": "plants", "category": "Demo", "source": source}
    broken = {**plants, "type": "broken", "source": {**source, "path": "nowhere"}}
    (tmp_path / "repo" / "extensions_registry.json").write_text(json.dumps({"widgets": [plants, broken]}))
    with serving(settings, tmp_path, WIDGET_SERVICE_WIDGETS_DIR=str(tmp_path / "repo")) as client:
        assert client.get("/widgets/plants/manifest.json").json()["html"] == "<p>first</p>"
        assert client.get("/widget-runtime/latest/index.js").headers["access-control-allow-origin"] == "*"
        assert "9px" in client.get("/widget-runtime/latest/theme.js").text
        assert client.get("/preview/").status_code == client.get("/live/problems").status_code == 404
        entry.write_text("<p>second</p>")
        theme.write_text('{"space-100": "10px"}')
        wait_until(lambda: client.get("/widgets/plants/manifest.json").json()["html"] == "<p>second</p>")
        wait_until(lambda: "10px" in client.get("/widget-runtime/latest/theme.js").text)
        assert execute(client, "one").status_code == 200
    log = (tmp_path / "serve.log").read_text()
    assert "$.widgets[1].source.path" in log
    assert "widgets.hosted" in log


def test_the_host_page_is_served_where_it_is_wanted_and_ends_with_the_service(settings, tmp_path, upstream):
    apply(settings, tmp_path, [{"name": "One", "url": f"{upstream.origin}/one"}])
    entry = tmp_path / "repo" / "plants" / "content.html"
    entry.parent.mkdir()
    entry.write_text("<p>first</p>")
    source = {"path": "plants", "entry": "content.html"}
    plants = {"title": "Plants", "type": "plants", "category": "Demo", "source": source}
    (tmp_path / "repo" / "extensions_registry.json").write_text(json.dumps({"widgets": [plants]}))
    wanted = {"WIDGET_SERVICE_WIDGETS_DIR": str(tmp_path / "repo"), "WIDGET_SERVICE_PREVIEW": "true"}
    with serving(settings, tmp_path, **wanted) as client:
        page = client.get("/preview/plants")
        assert page.status_code == 200
        assert "host-console" not in page.text
        assert client.get("/live/calls").status_code == 404
        token = re.search(r'id="csrftoken" name="csrf-token" content="([^"]+)"', page.text)[1]
        cookie = page.headers["set-cookie"].partition(";")[0]
        client.headers.update({"Cookie": cookie, "X-CSRF-Token": token})
        assert execute(client, "one").status_code == 200
        with client.stream(
            "GET", "/live/events"
        ) as events:  # a stream without an end of its own does not keep the service from ending
            assert next(events.iter_text()).startswith("retry:")
            entry.write_text("<p>second</p>")
            wait_until(lambda: "second" in client.get("/widgets/plants/manifest.json").text)


def test_several_processes_serve_one_address(settings, tmp_path, upstream):
    apply(settings, tmp_path, [{"name": "One", "url": f"{upstream.origin}/one"}])
    with serving(settings, tmp_path, WIDGET_SERVICE_WORKERS="2") as client:
        token = client.post("/session", json={}).json()["csrf_token"]
        cookie = {"X-CSRF-Token": token}
        for _ in range(20):
            assert client.get("/widget-service/connectors/one/execute", headers=cookie).status_code == 200


def test_each_tenant_is_served_at_its_hosts_also_after_a_change(settings, tmp_path, upstream):
    apply(settings, tmp_path, [{"name": "One", "url": f"{upstream.origin}/one"}])

    def answer(host: str, path: str = "/widget-service/connectors/one/execute") -> int:
        return client.get(path, headers={"Host": host}).status_code

    with serving(settings, tmp_path) as client:
        assert (answer("any.example.com"), answer("127.0.0.1")) == (200, 200)
        with control_plane(settings) as plane:
            tenants.add_tenant(plane, "acme", actor="test", hosts=["acme.example.com"])
            tenants.set_tenant(plane, "default", actor="test", hosts=["own.example.com"])
        wait_until(lambda: answer("127.0.0.1") == 421 and answer("own.example.com") == 200)
        assert answer("127.0.0.1", "/session") == 421
        upstream.received.clear()
        for host in ("acme.example.com", "ACME.example.com:8400", "acme.example.com."):
            assert (answer(host), answer(host, "/session")) == (404, 401)
        assert not upstream.received
        assert (answer("own.example.com"), answer("127.0.0.1", "/healthz")) == (200, 200)
        with control_plane(settings) as plane:
            tenants.set_tenant(plane, "default", actor="test", hosts=[])
            tenants.set_tenant(plane, "acme", actor="test", hosts=["own.example.com"])
        wait_until(lambda: answer("own.example.com") == 404)
        assert answer("acme.example.com") == 421
        with control_plane(settings) as plane:
            tenants.remove_tenant(plane, "acme", actor="test")
        wait_until(lambda: answer("127.0.0.1") == 200)


def test_a_bound_secret_goes_nowhere_else(settings, tmp_path, upstream):
    header = {"key": "X-Key", "value": "{{ get_secret('key') }}"}
    apply(settings, tmp_path, [{"name": "One", "url": f"{upstream.origin}/one", "headers": [header]}])
    with control_plane(settings) as plane:
        values.set_secret(plane, "default", "key", "v4lue", actor="test", origins=["https://api.example.com"])
    with serving(settings, tmp_path) as client:
        refused = execute(client, "one")
        assert (refused.status_code, refused.json()["errors"]["code"]) == (422, "DESTINATION_NOT_ALLOWED")
        assert not upstream.received
        with control_plane(settings) as plane:
            values.set_secret(plane, "default", "key", "v4lue", actor="test", origins=[upstream.origin])
        wait_until(lambda: execute(client, "one").status_code == 200)


def break_mode(settings: Settings) -> None:
    settings.effective_master_key_file.chmod(0o644)


def break_key(settings: Settings) -> None:
    settings.effective_master_key_file.write_text("not a key")


def another_key(settings: Settings) -> None:
    settings.effective_master_key_file.unlink()
    create_master_key_file(settings.effective_master_key_file)


def no_key(settings: Settings) -> None:
    settings.effective_master_key_file.unlink()


def no_database(settings: Settings) -> None:
    (settings.data_dir / "widget-service.db").unlink()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (break_mode, "chmod 600"),
        (break_key, "not base64"),
        (another_key, "is not listed"),
        (no_key, "widget-service init"),
        (no_database, "widget-service init"),
    ],
)
def test_a_start_that_cannot_be_says_what_to_do(settings, tmp_path, damage, says):
    damage(settings)
    done = subprocess.run(
        [sys.executable, "-m", "widget_service", "serve"],
        env=environment(settings, free_port()),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_call_under_way_is_answered_before_the_service_stops(settings, tmp_path, upstream):
    apply(settings, tmp_path, [{"name": "One", "url": f"{upstream.origin}/one"}])
    arrived, released = threading.Event(), threading.Event()
    upstream.replies["/one"] = Reply(before=lambda: (arrived.set(), released.wait(20)))
    port = free_port()
    with (
        running(
            ["-m", "widget_service", "serve"], port=port, log=tmp_path / "serve.log", env=environment(settings, port)
        ) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        call = pool.submit(execute, client, "one")
        assert arrived.wait(10)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: not accepts(port))
        assert process.poll() is None
        released.set()
        assert call.result(timeout=10).status_code == 200
        assert process.wait(timeout=10) == 0


def accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def test_the_host_page_is_off(settings, tmp_path):
    with serving(settings, tmp_path) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/preview/").status_code == 404
        assert client.get("/widget-sdk/latest/index.js").status_code == 200
