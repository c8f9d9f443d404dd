"""The service itself, started as its users start it: ``widget-service dev`` over a repository."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from support.processes import free_port, running

PREFIX = "/widget-service"


@dataclass
class Service:
    """A running service; ``client`` is a plain program that calls it."""

    origin: str
    repo: Path
    log: Path
    client: httpx2.Client

    def execute(self, permalink: str, method: str = "GET", **options: Any) -> httpx2.Response:
        """Execute a connector over the wire."""
        return self.client.request(method, f"{PREFIX}/connectors/{permalink}/execute", **options)

    def write_registry(self, connectors: list[dict[str, Any]], **more: Any) -> None:
        """Save ``connectors_registry.json``."""
        write_registry(self.repo, connectors, **more)


def write_registry(repo: Path, connectors: list[dict[str, Any]], **more: Any) -> None:
    """Save ``connectors_registry.json`` of a repository."""
    (repo / "connectors_registry.json").write_text(json.dumps({"connectors": connectors, **more}))


def write_dev_config(repo: Path, text: str) -> None:
    """Save ``.widget-service/dev.toml`` of a repository."""
    (repo / ".widget-service").mkdir(exist_ok=True)
    (repo / ".widget-service" / "dev.toml").write_text(text)


@contextmanager
def serving(
    repo: Path, *arguments: str, env: Mapping[str, str] | None = None, admin: bool = False
) -> Iterator[Service]:
    """Run ``widget-service dev repo`` while the block runs; with ``admin``, its admin pages too."""
    port = free_port()
    log = repo.parent / f"{repo.name}.log"
    command = ["-m", "widget_service", "dev", str(repo), "--port", str(port), *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIDGET_SERVICE_")}
    origin = f"http://127.0.0.1:{port}"
    with (
        running(
            command,
            port=port,
            log=log,
            env={**clean, "NO_COLOR": "1", **({} if admin else {"WIDGET_SERVICE_ADMIN_PORT": "0"}), **(env or {})},
        ),
        httpx2.Client(base_url=origin, timeout=30, trust_env=False) as client,
    ):
        yield Service(origin, repo, log, client)
