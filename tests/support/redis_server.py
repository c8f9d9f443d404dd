"""A private Redis (or Valkey) server for tests, on a Unix socket and on loopback, without persistence."""

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from support.processes import free_port, stop

PROGRAMS = ("valkey-server", "redis-server")


class RedisServer:
    """The server; it can be stopped and started again, as empty as at first."""

    def __init__(self, program: str, folder: Path, password: str | None = None) -> None:
        self._program, self._folder, self._password = program, folder, password
        self.port = free_port()
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--unixsocket", str(self._socket)]
        options += ["--save", "", "--appendonly", "no"]
        if self._password is not None:
            options += ["--requirepass", self._password]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *options], cwd=self._folder, stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        with self.client() as client:
            while time.monotonic() < deadline:
                with contextlib.suppress(RedisError):
                    client.ping()
                    return
                time.sleep(0.01)
        raise AssertionError((self._folder / "redis.log").read_text())

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            stop(self._process)
            self._process = None

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Hold it up while the block runs: it accepts connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def client(self) -> Redis:
        """Return a client to look into it."""
        return Redis(unix_socket_path=str(self._socket), password=self._password)


@contextlib.contextmanager
def redis_server(folder: Path, password: str | None = None) -> Iterator[RedisServer]:
    """Run a server in ``folder`` while the block runs; skip the test where none is installed."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Redis or Valkey: make setup-system installs it")
    server = RedisServer(program, folder, password)
    server.start()
    try:
        yield server
    finally:
        server.stop()
