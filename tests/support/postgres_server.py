"""A private PostgreSQL server for tests, on a Unix socket and on loopback, over files of its own."""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.processes import free_port, stop

PASSWORD = "0wner-passw0rd"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SMALL = ("shared_buffers=16MB", "max_connections=60", "max_wal_senders=0", "wal_level=minimal", "jit=off")
_OLDEST = 15
_NUMBERS = itertools.count(1)


class PostgresServer:
    """The server; it can be killed, held up and started again over the same files.

    Its databases sort by the customs of a language, as most that operators have do. ``safely`` it writes to the disk
    what it has acknowledged, which only tests of killed servers need.
    """

    def __init__(self, programs: Path, folder: Path, *, safely: bool = False) -> None:
        self._programs, self._folder = programs, folder
        self._settings = [*_SMALL, *(() if safely else _FAST)]
        self._user = _unprivileged_user()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self._make_files()

    def start(self, *settings: str) -> None:
        """Start it, with more ``NAME=VALUE`` settings, and wait until it answers."""
        options = ["listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={self._folder}"]
        arguments = [f"-c{each}" for each in (*options, *self._settings, *settings)]
        log = (self._folder / "server.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", *arguments],
                stdout=log,
                stderr=log,
                **self._user,
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):
                self.sql("SELECT 1")
                return
            time.sleep(0.02)
        raise AssertionError((self._folder / "server.log").read_text())

    def stop(self) -> None:
        """Stop it, breaking connections off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            stop(self._process)
            self._process = None

    def kill(self) -> None:
        """Have it, and all of its processes, end as by a power cut."""
        assert self._process is not None
        for process in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait(timeout=10)
        self._process = None

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Hold all of it up while the block runs: connections are accepted, and nothing is answered."""
        stopped = self._processes()
        for process in stopped:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def become_standby(self) -> None:
        """Have it start the next time as one that only follows."""
        (self._folder / "data" / "standby.signal").touch()

    def database(self, template: str = "template1") -> str:
        """Make a database, a copy of ``template``, and return its URL."""
        name = f"store_{next(_NUMBERS)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Delete a database, whoever is connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2].partition('?')[0]} WITH (FORCE)")

    def url(self, name: str) -> str:
        """Return the URL of a database, over TCP and with a password."""
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run a statement as an administrator would, over the socket, and return its rows."""
        at = {"host": str(self._folder), "port": self.port, "user": "postgres", "connect_timeout": 10}
        with psycopg.connect(dbname=database, autocommit=True, **at) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _make_files(self) -> None:
        (self._folder / "password").write_text(PASSWORD)
        for path in (self._folder, self._folder / "password"):
            if self._user:
                os.chown(path, self._user["user"], self._user["group"])
        options = [
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
            "--username=postgres",
        ]
        options += ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
        command = [self._programs / "initdb", "-D", self._folder / "data", f"--pwfile={self._folder / 'password'}"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, cwd="/", **self._user, check=False)
        assert done.returncode == 0, done.stderr

    def _processes(self) -> list[int]:
        """The server's first process, then its children."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [self._process.pid, *map(int, children)]


def programs() -> Path:
    """Return the folder of the newest installed server's programs; skip the test where there is none."""
    found = shutil.which("initdb")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(found).parent] if found else [])]
    newest = max(folders, key=_version, default=None)
    if newest is None or _version(newest) < _OLDEST:
        pytest.skip(f"no PostgreSQL {_OLDEST} or newer: make setup-system installs it")
    return newest


def _version(folder: Path) -> int:
    told = subprocess.run([folder / "initdb", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split()[2].partition(".")[0])


@contextlib.contextmanager
def postgres_server(*settings: str, safely: bool = False) -> Iterator[PostgresServer]:
    """Run a server while the block runs; skip the test where none is installed."""
    # Not below pytest's folders, which only their owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="widget-service-postgres-"))
    server = None
    try:
        server = PostgresServer(programs(), folder, safely=safely)
        server.start(*settings)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> dict[str, Any]:
    """How to run its programs: they refuse to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root; run the tests as another user")
