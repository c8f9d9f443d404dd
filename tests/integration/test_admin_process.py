"""``serve`` runs the admin origin in a process of its own, which comes and goes with the service."""

import contextlib
import os
import signal
from pathlib import Path

import httpx2
import pytest

from support.commands import initialised
from support.installation import make_installation, serving
from support.processes import free_port
from support.waiting import wait_until

CONNECTORS = [{"name": "Plants", "url": "https://api.example.com/plants"}]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return make_installation(tmp_path_factory.mktemp("installation"), CONNECTORS, {})


def alive(port, path="/healthz"):
    try:
        return httpx2.get(f"http://127.0.0.1:{port}{path}", timeout=5, trust_env=False).status_code
    except httpx2.TransportError:
        return 0


def admin_pid(service):
    """The id of the process that serves the admin origin: a child of the service, spawned."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == service.pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                return int(folder.name)
    raise AssertionError("the service has no such child")


def test_the_admin_pages_have_an_origin_of_their_own(settings, tmp_path):
    port = free_port()
    with serving(settings, tmp_path, WIDGET_SERVICE_ADMIN_PORT=str(port)) as (origin, _):
        wait_until(lambda: alive(port) == 200)
        assert alive(port, "/admin/login") == 200
        assert httpx2.get(f"{origin}/admin/login", trust_env=False).status_code == 404
        assert httpx2.get(f"{origin}/api/v1/connectors", trust_env=False).status_code == 404
        assert alive(port, "/widget-service/connectors/plants/execute") == 404
    assert alive(port) == 0


def test_it_is_started_again_where_it_ends_by_itself_while_the_service_goes_on(settings, tmp_path):
    port = free_port()
    with serving(settings, tmp_path, WIDGET_SERVICE_ADMIN_PORT=str(port)) as (origin, service):
        wait_until(lambda: alive(port) == 200)
        first = admin_pid(service)
        os.kill(first, signal.SIGKILL)
        assert httpx2.get(f"{origin}/healthz", trust_env=False).status_code == 200
        answer = httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=30, trust_env=False)
        assert answer.status_code == 200, "who comes meanwhile waits instead of being refused"
        assert admin_pid(service) != first


def test_it_does_not_outlive_a_service_that_was_killed(settings, tmp_path):
    port = free_port()
    with serving(settings, tmp_path, WIDGET_SERVICE_ADMIN_PORT=str(port)) as (_, service):
        wait_until(lambda: alive(port) == 200)
        service.kill()
        service.wait()
        wait_until(lambda: alive(port) == 0)


def test_a_taken_port_is_told_in_words(tmp_path, upstream):
    commands = initialised(tmp_path)
    ended = commands.process("serve", WIDGET_SERVICE_ADMIN_PORT=str(upstream.port))
    assert ended.returncode == 1
    assert f"127.0.0.1:{upstream.port} is taken" in ended.stderr
    assert "WIDGET_SERVICE_ADMIN_PORT" in ended.stderr


def test_widgets_and_admins_must_not_share_an_origin(tmp_path):
    commands = initialised(tmp_path)
    ended = commands.process("serve", WIDGET_SERVICE_ADMIN_PORT="9000", WIDGET_SERVICE_PORT="9000")
    assert (ended.returncode, "widgets and admins need an origin each" in ended.stderr) == (1, True)
    same = {"WIDGET_SERVICE_ADMIN_URL": "https://a.example", "WIDGET_SERVICE_PUBLIC_URL": "https://a.example"}
    ended = commands.process("serve", **same)
    assert (ended.returncode, "an origin of widgets too" in ended.stderr) == (1, True)


def test_the_log_says_where_the_pages_are(settings, tmp_path):
    port = free_port()
    with serving(settings, tmp_path, WIDGET_SERVICE_ADMIN_PORT=str(port)):
        [log] = Path(tmp_path).glob("serve-*.log")
        assert f"Admin pages on http://127.0.0.1:{port}/admin/" in log.read_text()
