"""What goes on while something is gone: calls always, changes never, and everything by itself once it is back."""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from time import monotonic

import httpx2
import pytest

from support.commands import Commands
from support.installation import make_installation, serving
from support.processes import free_port
from support.redis_server import redis_server
from support.upstream import Reply
from support.waiting import wait_until
from widget_service.control import values
from widget_service.control.kept import SnapshotFile
from widget_service.control.plane import control_plane
from widget_service.settings import Settings
from widget_service.vault import create_master_key_file

SECRET = "s3cret-of-the-destination"
PATH = "/widget-service/connectors/one/execute"
ANSWERED_WITHIN_S = 8.0
"""Whoever asks for what needs the database is told so, and not kept waiting; SQLite waits 5 s for a lock."""


@pytest.fixture
def settings(tmp_path, upstream) -> Settings:
    header = {"key": "X-Key", "value": "{{ get_secret('key') }}-{{ get_variable('region') | default('none', true) }}"}
    return make_installation(
        tmp_path, [{"name": "One", "url": f"{upstream.origin}/one", "headers": [header]}], {"key": SECRET}
    )


@contextmanager
def client_of(settings: Settings, folder: Path, **environment: str) -> Iterator[tuple[httpx2.Client, Popen]]:
    with (
        serving(settings, folder, **environment) as (origin, process),
        httpx2.Client(base_url=origin, trust_env=False, timeout=20) as client,
    ):
        yield client, process


def set_region(settings: Settings, value: str) -> None:
    with control_plane(settings) as plane:
        values.set_variable(plane, "default", "region", value, actor="test")


def degraded(client: httpx2.Client) -> set[str]:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    parts = {each["part"] for each in body["degraded"]}
    assert body["status"] == ("degraded" if parts else "ok")
    return parts


def log_of(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.glob("serve-*.log"))


def test_a_start_without_the_database_serves_the_last_snapshot_until_it_is_back(settings, tmp_path, upstream):
    file = SnapshotFile(settings.data_dir)
    with client_of(settings, tmp_path) as (client, _):
        wait_until(lambda: file.stamp() is not None)
        assert degraded(client) == set()
    database = settings.data_dir / "widget-service.db"
    away = database.rename(database.with_suffix(".away"))
    admin = f"http://127.0.0.1:{free_port()}"
    ports = {"WIDGET_SERVICE_ADMIN_PORT": admin.rpartition(":")[2], "WIDGET_SERVICE_WORKERS": "2"}
    with client_of(settings, tmp_path, **ports) as (client, _):
        assert degraded(client) == {"database", "snapshot"}
        assert client.get(PATH).status_code == 200
        assert upstream.last.headers["x-key"] == f"{SECRET}-none"
        assert client.get("/session").status_code == 401  # of who has none; its tenant is known
        wait_until(lambda: "executions_log" in degraded(client))
        doctor = Commands(tmp_path).run("doctor").output
        assert "There is no database" in doctor
        assert "last snapshot: of revision" in doctor
        check_that_admins_are_told(admin)
        away.rename(database)
        set_region(settings, "eu")
        wait_until(lambda: client.get(PATH).status_code == 200 and upstream.last.headers["x-key"].endswith("-eu"))
        wait_until(lambda: degraded(client) == set())
    log = log_of(tmp_path)
    assert "Until it is there, calls are executed from the last snapshot" in log
    assert "snapshot.from_disk" in log
    assert "Traceback" not in log
    assert SECRET not in log


def check_that_admins_are_told(origin: str) -> None:
    """Every answer that needs the database says why there is none, soon, and nothing about this program."""
    with httpx2.Client(base_url=origin, trust_env=False, timeout=ANSWERED_WITHIN_S) as client:
        wait_until(lambda: is_there(client))
        token = {"Authorization": f"Bearer ws_{'x' * 40}"}
        form = {"Origin": origin, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
        for method, path, options in (
            ("GET", "/api/v1/connectors", {"headers": token}),
            ("PUT", "/api/v1/variables/region", {"headers": token, "json": {"value": "us"}}),
            ("POST", "/admin/login", {"headers": form, "data": {"name": "anna", "password": "correct horse battery"}}),
        ):
            answer = client.request(method, path, **options)
            assert answer.status_code == 503, (path, answer.text)
            assert "There is no database" in answer.text, path
            assert "Traceback" not in answer.text
        assert client.get("/admin/login").status_code == 200


def is_there(client: httpx2.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx2.HTTPError:
        return False


def test_a_database_that_goes_and_comes_back_is_told_by_readyz(settings, tmp_path):
    database = settings.data_dir / "widget-service.db"
    with client_of(settings, tmp_path) as (client, _):
        away = database.rename(database.with_suffix(".away"))
        wait_until(lambda: degraded(client) >= {"database"})
        assert client.get(PATH).status_code == 200
        (told,) = (each for each in client.get("/readyz").json()["degraded"] if each["part"] == "database")
        assert "changes are refused" in told["detail"]
        assert str(settings.data_dir) not in client.get("/readyz").text
        away.rename(database)
        wait_until(lambda: degraded(client) == set())


def test_without_a_snapshot_that_can_be_used_nothing_is_served(settings, tmp_path):
    with client_of(settings, tmp_path):
        wait_until(lambda: SnapshotFile(settings.data_dir).stamp() is not None)
    (settings.data_dir / "widget-service.db").unlink()
    settings.effective_master_key_file.unlink()
    create_master_key_file(settings.effective_master_key_file)
    refused = pytest.raises(AssertionError, match=r"ended with 1[\s\S]*not listed[\s\S]*There is no database")
    with refused, client_of(settings, tmp_path):
        pass


def test_a_cache_that_is_gone_or_hangs_is_told_and_fails_no_call(settings, tmp_path):
    with redis_server(tmp_path) as server:
        url = f"redis://127.0.0.1:{server.port}"
        with client_of(settings, tmp_path, WIDGET_SERVICE_CACHE_URL=url) as (client, _):
            assert degraded(client) == set()
            with server.standing_still():
                wait_until(lambda: degraded(client) == {"cache"})
                assert client.get(PATH).status_code == 200
            wait_until(lambda: degraded(client) == set())
            server.stop()
            wait_until(lambda: degraded(client) == {"cache"})
            assert client.get(PATH).status_code == 200
            server.start()
            wait_until(lambda: degraded(client) == set())
    assert "Traceback" not in log_of(tmp_path)


def test_a_service_that_stops_takes_calls_until_others_have_noticed(settings, tmp_path, upstream):
    """A stopping service answers 503 to whoever asks whether it is ready, finishes what runs, and ends with 0."""
    arrived, released = threading.Event(), threading.Event()
    with (
        client_of(settings, tmp_path, WIDGET_SERVICE_DRAIN_DELAY_S="3") as (client, process),
        ThreadPoolExecutor() as pool,
    ):
        upstream.replies["/one"] = Reply(before=lambda: (arrived.set(), released.wait(20)))
        under_way = pool.submit(httpx2.get, client.base_url.join(PATH), trust_env=False, timeout=30)
        assert arrived.wait(10)
        upstream.replies.clear()
        asked_at = monotonic()
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: client.get("/readyz").status_code == 503)
        assert client.get("/readyz").json()["status"] == "draining"
        late = client.get(f"{PATH}?late=1")  # another call, which does not wait for the answer to that one
        assert (late.status_code, late.headers["connection"]) == (200, "close")
        wait_until(lambda: not is_there(client))
        assert monotonic() - asked_at > 2.5
        released.set()
        assert under_way.result(timeout=20).status_code == 200
        assert process.wait(timeout=20) == 0


def test_a_service_that_is_interrupted_does_not_wait(settings, tmp_path):
    with client_of(settings, tmp_path, WIDGET_SERVICE_DRAIN_DELAY_S="60") as (_, process):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
