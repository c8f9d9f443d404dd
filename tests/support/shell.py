"""The commands of a document, run by a shell as they stand there, beside a service that serves what they change."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.commands import Commands
from support.pages import INDENTED, all_blocks
from support.processes import free_port, running

VALUE = "a-value-of-the-tests"
"""What the commands read where they ask for a secret."""
_TOOLS = {
    "widget-service": f'printf %s "$GIVEN" | exec {sys.executable} -m widget_service "$@"',
    "curl": f'exec {shutil.which("curl")} --silent --fail-with-body --noproxy "*" "$@"',
}
SHELL = "sh"


@dataclass
class Shell:
    """A folder with the programs of the documents, over an installation of its own."""

    folder: Path
    environment: dict[str, str]
    replaced: dict[str, str] = field(default_factory=dict)

    def run(self, text: str, *, code: int = 0) -> str:
        """Run lines of a document, and return what they print; they must end with ``code``."""
        for told, here in self.replaced.items():
            text = text.replace(told, here)
        done = subprocess.run(
            ["sh", "-e", "-c", text], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@contextmanager
def shell(commands: Commands, *, serves: bool = True, **environment: str) -> Iterator[Shell]:
    """Yield a shell over the installation; with ``serves`` it runs, and its ports stand for the default ones."""
    for tool in ("sh", "curl", "jq", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not there; install it with: make setup-system")
    port, admin_port = free_port(), free_port()
    folder = commands.folder
    _write_tools(folder / "bin")
    own = {
        **commands.env,
        "WIDGET_SERVICE_PORT": str(port),
        "WIDGET_SERVICE_ADMIN_PORT": str(admin_port),
        "WIDGET_SERVICE_SESSION_COOKIE_SECURE": "false",
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "GIVEN": VALUE,
        **environment,
    }
    replaced = {"127.0.0.1:8400": f"127.0.0.1:{port}", "127.0.0.1:8401": f"127.0.0.1:{admin_port}"}
    with ExitStack() as stack:
        if serves:
            log = folder / "serve.log"
            stack.enter_context(running(["-m", "widget_service", "serve"], port=port, log=log, env=own))
        yield Shell(folder, own, replaced)


def _write_tools(folder: Path) -> None:
    folder.mkdir()
    for name, line in _TOOLS.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)


def session(page: str, shell: Shell, before: Mapping[str, Callable[[], object]] | None = None) -> str:
    """Run the shell's blocks of a document in order, and return all that they print.

    ``before`` has what is to be done before the block in which a text stands: what the document takes for granted.
    Definitions that a document sets by one block, such as functions, hold for the later ones.
    """
    printed, defined = [], ""
    found = [block for block in all_blocks(page) if block.language in (INDENTED, SHELL) and block.illustrative is None]
    for block in found:
        for told, prepare in (before or {}).items():
            if told in block.text:
                prepare()
        printed.append(shell.run(defined + block.text))
        defined += "".join(re.findall(r"^(?:\w+\(\) \{.*\}|[A-Z]+=\S+)\n", block.text, re.MULTILINE))
    return "".join(printed)
