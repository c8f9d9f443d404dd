"""Runs the example: its own API, and the service over this repository; both end together."""

import argparse
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPO = Path(__file__).parent
API_HOST = "api.plantbook.example"
API_PORT = 8402  # what .widget-service/dev.toml maps the host to
STOP_TIMEOUT_S = 30
POLL_S = 0.1
MAX_PORT = 65535


def main() -> int:
    """Run until Ctrl-C, SIGTERM, SIGHUP, or the end of either process; return the exit code."""
    parser = argparse.ArgumentParser(description="Run Widget Service with the example repository.")
    parser.add_argument("--port", type=_port_number, default=8400, help="port of the service (default: 8400)")
    port = parser.parse_args().port
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    if _free_port(port) != port:
        return _say_taken(port)
    try:
        api_port = _free_port(API_PORT)
        with _running(REPO / "upstream" / "server.py", "--port", api_port, stdout=subprocess.PIPE) as api:
            if not _is_ready(api):
                return 1
            mapping = f"{API_HOST}=http://127.0.0.1:{api_port}"
            with _running("-m", "widget_service", "dev", REPO, "--port", port, "--map", mapping) as service:
                return _first_end(api, service)
    except KeyboardInterrupt:
        return 0


@contextmanager
def _running(*arguments: object, stdout: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run ``python arguments…`` while the block runs, then end it.

    It has a process group of its own: Ctrl-C reaches this launcher alone, and each process is told to end once.
    """
    command = [sys.executable, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=stdout, text=True, process_group=0)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()


def _first_end(api: subprocess.Popen[str], service: subprocess.Popen[str]) -> int:
    """Wait for the end of either process; return the exit code that says whose it was."""
    while service.poll() is None:
        if api.poll() is not None:
            print("The example's API has ended, and the service with it.", file=sys.stderr)
            return 1
        time.sleep(POLL_S)
    return service.returncode


def _is_ready(api: subprocess.Popen[str]) -> bool:
    """Pass on the line that the API prints when it answers; False when it ended instead."""
    assert api.stdout is not None
    line = api.stdout.readline()
    print(line, end="", flush=True)
    return bool(line)


def _port_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 1 to {MAX_PORT}")
    return int(text)


def _say_taken(port: int) -> int:
    other = _free_port(min(port + 1, MAX_PORT))
    print(
        f"127.0.0.1:{port} is taken; end what runs there, or choose another port: "
        f"make run PORT={other} (or run.py --port {other})",
        file=sys.stderr,
    )
    return 1


def _free_port(wanted: int) -> int:
    """Return ``wanted``, or any free port when something listens there."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("there is no free port on the loopback address")


if __name__ == "__main__":
    sys.exit(main())
