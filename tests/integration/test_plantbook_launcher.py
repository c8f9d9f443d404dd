"""The example's launcher: one command that starts its API and the service, and ends both."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from support.processes import free_port, stop, wait_for_port
from widget_service.widgets.site import EVENTS_URL

LAUNCHER = Path(__file__).parents[2] / "examples" / "plantbook" / "run.py"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_it_starts_both_says_where_and_ends_both(tmp_path, ending, send):
    """A terminal tells the whole process group to end. The live stream of an open page holds nobody up."""
    port, log = free_port(), tmp_path / "run.log"
    with log.open("wb") as output:
        command = [sys.executable, str(LAUNCHER), "--port", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, process_group=0)
    try:
        wait_for_port(port, process, log, timeout_s=15)
        with httpx2.stream("GET", f"http://127.0.0.1:{port}{EVENTS_URL}", trust_env=False) as page:
            assert page.status_code == 200
            send(process.pid, ending)
            assert process.wait(timeout=15) == 0, log.read_text()
    finally:
        stop(process)
    said = log.read_text()
    api_port = int(said.partition("Plantbook API ready on http://127.0.0.1:")[2].split()[0])
    assert f"http://127.0.0.1:{port}/preview/" in said
    assert f"curl http://127.0.0.1:{port}/widget-service/connectors/plants/execute" in said
    assert "Traceback" not in said
    for ended in (port, api_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", ended)) != 0


@pytest.mark.parametrize("port", ["0", "65536", "-1", "many", "9" * 5000])
def test_what_is_no_port_is_told(port):
    command = [sys.executable, str(LAUNCHER), f"--port={port}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "is not a port: a number from 1 to 65535" in done.stderr


def test_make_hands_the_port_on():
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not there; install it with: apt-get install make")
    done = subprocess.run(
        [make, "--dry-run", "run", "PORT=8455"], cwd=LAUNCHER.parents[2], capture_output=True, text=True, timeout=20
    )
    assert "examples/plantbook/run.py --port 8455" in done.stdout


def test_a_taken_port_ends_it_with_a_word():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, str(LAUNCHER), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert f"127.0.0.1:{port} is taken" in done.stderr
    other = int(done.stderr.partition("make run PORT=")[2].split()[0])
    assert other != port
    assert f"--port {other}" in done.stderr
    assert "Traceback" not in done.stderr
