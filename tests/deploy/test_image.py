"""The image as it runs: no root, nothing of itself that it could write, and a health check that tells the truth."""

import json
import subprocess

import httpx2
import pytest

from support import container
from support.processes import free_port

MAY_BE_WRITTEN = ["/data", "/tmp"]
PROBE = """
import json, os, pathlib
places = ["/", "/opt", "/opt/widget-service", "/etc", "/usr", "/data", "/tmp", "/run", "/var"]
def writable(place):
    try:
        pathlib.Path(place, "probe").write_text("x")
        pathlib.Path(place, "probe").unlink()
    except OSError:
        return False
    return True
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(json.dumps({
    "user": os.geteuid(),
    "groups": os.getgroups(),
    "capabilities": status["CapEff"],
    "writable": [place for place in places if writable(place)],
}))
"""


@pytest.fixture
def run(image, tmp_path):
    """Run a command of a new container to its end; return what it was asked to print."""

    def run(*arguments: str, data=None, **env: str) -> str:
        command = image.command(data or image.data(tmp_path.name), *arguments, env=env, mounts={})
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    return run


def test_it_runs_without_rights_over_a_root_that_it_cannot_write(image, tmp_path):
    command = image.program(image.data("probe"), ["/opt/widget-service/bin/python", "-c", PROBE], env={}, mounts={})
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert told["user"] == 10001
    assert told["groups"] == [10001] or told["groups"] == []
    assert int(told["capabilities"], 16) == 0
    assert told["writable"] == MAY_BE_WRITTEN


def test_nothing_of_the_repository_is_in_it_but_the_installed_service(image, run):
    assert run("--version").startswith("widget-service ")
    assert [each.name for each in (image.folder / "opt").iterdir()] == ["widget-service"]
    assert not list((image.folder / "data").iterdir())


def test_no_installer_is_left_in_its_environment(image):
    assert not list((image.folder / "opt/widget-service/bin").glob("pip*"))


def test_it_is_healthy_while_it_serves_and_ends_by_itself_when_told(image, tmp_path, run):
    data, port = image.data("serves"), free_port()
    env = {"WIDGET_SERVICE_PORT": str(port), "WIDGET_SERVICE_ADMIN_PORT": str(free_port())}
    run("init", data=data)

    def health(*more: str) -> "subprocess.CompletedProcess[str]":
        command = image.program(data, [*image.health_check, *more], env=env, mounts={})
        return subprocess.run(command, check=False, capture_output=True, text=True)

    assert health().returncode == 1
    with container.running(image, data, tmp_path / "log", port=port, env=env, mounts={}) as service:
        assert health().returncode == 0
        assert health("--ready").returncode == 0
        assert httpx2.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
        assert service.stop() == 0, (tmp_path / "log").read_text()
    answer = health()
    assert answer.returncode == 1
    assert "does not answer" in answer.stderr
