"""The processes of a running service: none outlives another, and one that dies is replaced."""

import os
import signal
from pathlib import Path

import httpx2
import pytest

from support.processes import children_of, free_port, running
from support.service import write_registry
from support.waiting import wait_until


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False


@pytest.fixture
def service(tmp_path, upstream):
    """The process of a service, and its port."""
    repo = tmp_path / "repo"
    repo.mkdir()
    write_registry(repo, [{"name": "One", "url": f"{upstream.origin}/one"}])
    port = free_port()
    command = ["-m", "widget_service", "dev", str(repo), "--port", str(port), "--admin-port", "0"]
    with running(command, port=port, log=tmp_path / "service.log") as process:
        yield process, port


def test_a_worker_that_dies_is_replaced(service):
    process, port = service
    wait_until(lambda: answers(port))
    (worker,) = children_of(process.pid)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: worker not in children_of(process.pid) and answers(port))
    assert process.poll() is None


def test_a_worker_does_not_outlive_a_killed_server(service):
    process, port = service
    wait_until(lambda: answers(port))
    workers = children_of(process.pid)
    process.kill()
    process.wait(timeout=5)
    wait_until(lambda: not any(is_alive(worker) for worker in workers))
    wait_until(lambda: not answers(port))


def test_a_stop_with_open_pages_ends_soon(service):
    process, port = service
    wait_until(lambda: answers(port))
    with httpx2.stream("GET", f"http://127.0.0.1:{port}/live/events", trust_env=False, timeout=20) as stream:
        assert stream.status_code == 200
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
