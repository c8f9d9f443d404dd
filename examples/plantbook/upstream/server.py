"""Runs the plant shop's API: ``python server.py --port 8402``. It keeps nothing and stops at once."""

import argparse
import socket
import sys
import threading
import time
from functools import partial

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from plantbook_api.app import create_app
from starlette.applications import Starlette

HOST = "127.0.0.1"
DEMO_KEY = "plantbook-demo-key-not-a-real-secret"
POLL_S = 0.01


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args()
    _check_port(options.port)
    server = Granian(
        "plantbook_api.app",
        address=HOST,
        port=options.port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=1,  # seconds for requests under way: there is nothing to lose
    )
    server.serve(target_loader=partial(_load, options.port, options.key, options.delay_ms / 1000), wrap_loader=False)


def _load(port: int, key: str, delay_s: float) -> Starlette:
    """Make the application in the worker process."""
    return create_app(key, delay_s=delay_s, on_ready=partial(_announce, port))


def _announce(port: int) -> None:
    """Say so once connections are accepted, which is a little after the application has started."""
    threading.Thread(target=_announce_when_listening, args=(port,), daemon=True).start()


def _announce_when_listening(port: int) -> None:
    while not _is_listening(port):
        time.sleep(POLL_S)
    print(f"Plantbook API ready on http://{HOST}:{port}", flush=True)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The API of an imaginary plant shop.")
    parser.add_argument("--port", type=int, default=8402, help="port on the loopback address (default: 8402)")
    parser.add_argument("--key", default=DEMO_KEY, help="the key that X-Api-Key must hold (default: the demo key)")
    parser.add_argument("--delay-ms", type=int, default=0, help="hold every answer back this long (default: 0)")
    return parser


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            sys.exit(f"Port {port} is taken or cannot be listened on ({error.strerror}); choose another with --port.")


if __name__ == "__main__":
    main()
