"""HAProxy with the balancer's very configuration, on ports of loopback."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.processes import free_port, stop, wait_for_port

DEPLOY = Path(__file__).parents[2] / "deploy"


@contextmanager
def balancing(folder: Path, replicas: list[int], *files: str, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Balance between services on these ports while the block runs; yield the port to call."""
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no HAProxy: make setup-system installs it")
    port = free_port()
    named = {f"REPLICA_{number}": f"127.0.0.1:{each}" for number, each in enumerate(replicas, start=1)}
    arguments = [part for file in ("haproxy.cfg", *files) for part in ("-f", str(DEPLOY / "haproxy" / file))]
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-W", "-db", *arguments],
            env={**os.environ, **named, **(env or {}), "HTTP_PORT": str(port)},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for_port(port, process, folder / "haproxy.log")
        yield port
    finally:
        stop(process)
