"""An installation of the service: its database, keys and connectors, and processes that serve it."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

from support.processes import free_port, running
from widget_service.control import registries, tenants, values
from widget_service.control.plane import control_plane
from widget_service.settings import Settings, load_settings
from widget_service.vault import create_master_key_file

_INSECURE = {"WIDGET_SERVICE_ALLOW_INSECURE_UPSTREAMS": "true", "WIDGET_SERVICE_SESSION_COOKIE_SECURE": "false"}


def make_installation(
    folder: Path, connectors: list[dict[str, Any]], secrets: dict[str, str], database_url: str | None = None
) -> Settings:
    """Set up a database, in ``folder`` by default, with the tenant ``default``, its connectors and secrets."""
    defaults = {"data_dir": folder / "data", "allow_insecure_upstreams": True, "database_url": database_url}
    settings = load_settings(defaults=defaults)
    create_master_key_file(settings.effective_master_key_file)
    repo = folder / "repo"
    repo.mkdir()
    (repo / "connectors_registry.json").write_text(json.dumps({"connectors": connectors}))
    with control_plane(settings, create=True) as plane:
        tenants.add_tenant(plane, "default", actor="test")
        for name, value in secrets.items():
            values.set_secret(plane, "default", name, value, actor="test")
        registries.apply_registry(plane, "default", repo, actor="test")
    return settings


@contextmanager
def serving(settings: Settings, folder: Path, **environment: str) -> Iterator[tuple[str, Popen]]:
    """Serve the installation by one more process while the block runs; yield its origin, and the process."""
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIDGET_SERVICE_")}
    own = {
        "WIDGET_SERVICE_DATA_DIR": str(settings.data_dir),
        "WIDGET_SERVICE_DATABASE_URL": settings.effective_database_url,
        "WIDGET_SERVICE_PORT": str(port),
        "WIDGET_SERVICE_ADMIN_PORT": "0",
    }
    log = folder / f"serve-{port}.log"
    command = ["-m", "widget_service", "serve"]
    with running(command, port=port, log=log, env={**clean, **_INSECURE, **own, **environment}) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def serving_by(count: int, settings: Settings, folder: Path, **environment: str) -> Iterator[list[str]]:
    """Serve the installation by ``count`` processes, started at once, while the block runs; yield their origins."""
    services = [serving(settings, folder, **environment) for _ in range(count)]
    with ExitStack() as stack, ThreadPoolExecutor(count) as pool:
        starts = [pool.submit(service.__enter__) for service in services]
        for service, start in zip(services, starts, strict=True):
            start.result()
            stack.push(service)
        yield [start.result()[0] for start in starts]
