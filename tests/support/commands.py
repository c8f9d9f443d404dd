"""The command line over a data directory of its own: in this process, which is quick, or as a process."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from support.processes import free_port
from widget_service.cli import app
from widget_service.control.plane import control_plane
from widget_service.settings import load_settings

PLANTS = {
    "name": "Plants",
    "permalink": "plants",
    "url": "https://api.example.com/v1/plants",
    "headers": [{"key": "X-Key", "value": "{{ get_secret('api_key') }}", "overridable": False}],
}
ORDERS = {"name": "Orders", "permalink": "orders", "url": "https://api.example.com/v1/orders", "method": "POST"}


@dataclass(frozen=True)
class Commands:
    """Runs commands; what they keep lies in ``folder``."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """The settings, and nothing of the machine's own."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("WIDGET_SERVICE_")}
        own = {
            "WIDGET_SERVICE_DATA_DIR": str(self.folder / "data"),
            "WIDGET_SERVICE_PORT": str(free_port()),
            "WIDGET_SERVICE_ADMIN_PORT": "0",
            "WIDGET_SERVICE_ALLOW_INSECURE_UPSTREAMS": "true",
        }
        return {**clean, "NO_COLOR": "1", "COLUMNS": "200", **own}

    @property
    def database(self) -> Path:
        return self.folder / "data" / "widget-service.db"

    def run(self, *arguments: object, input: str | bytes | None = None, env: dict[str, str] | None = None):
        """Run a command in this process."""
        return CliRunner().invoke(
            app, [str(argument) for argument in arguments], input=input, env={**self.env, **(env or {})}
        )

    def done(self, *arguments: object, input: str | bytes | None = None) -> str:
        """Run a command that must succeed, and return what it printed."""
        result = self.run(*arguments, input=input)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: object, code: int = 0) -> Any:
        """Run a command with ``--json`` and return what it printed."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def process(self, *arguments: object, input: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a command as its users do."""
        command = [sys.executable, "-m", "widget_service", *map(str, arguments)]
        return subprocess.run(
            command, input=input, capture_output=True, text=True, env={**self.env, **env}, timeout=60, check=False
        )

    def plane(self):
        """The control plane behind the commands, as a context manager."""
        file = {"data_dir": self.folder / "data", "allow_insecure_upstreams": True}
        return control_plane(load_settings(defaults=file))

    def registry(self, *connectors: dict[str, Any], name: str = "shop", **more: Any) -> Path:
        """Save a registry in a folder of that name, and return the folder."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        text = json.dumps({"connectors": list(connectors), **more}, indent=2)
        (folder / "connectors_registry.json").write_text(text)
        return folder


def initialised(folder: Path) -> Commands:
    """Return the commands over a data directory as `init` makes it; it is made once and copied."""
    shutil.copytree(_template(), folder / "data")
    return Commands(folder)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="widget-service-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Commands(folder).done("init")
    return folder / "data"
