"""What a Dockerfile makes, without a container engine: its commands in a root of their own, by bubblewrap.

The base image is played by this machine: its system, read-only, and the Python of the tests. Everything else is as in a
container: only what the Dockerfile copies is there, at its paths; the root cannot be written; programs run by the user
that it names, without capabilities.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.dockerfile import Instruction, Stage, read_dockerfile
from support.processes import wait_for_port

_SYSTEM = ("/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64")
_KEPT = ("PIP_", "SSL_", "REQUESTS_", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "LANG")
_NO_NETWORK = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
)


@dataclass(frozen=True)
class Image:
    """What was built: folders that stand at ``/opt`` and ``/data``, and what the last stage says of running it."""

    folder: Path
    stage: Stage

    @property
    def user(self) -> int:
        return int(self.stage.last("USER").text.partition(":")[0])

    @property
    def health_check(self) -> list[str]:
        return json.loads(self.stage.last("HEALTHCHECK").text.partition("CMD ")[2])

    def data(self, name: str) -> Path:
        """A new volume for ``/data``, as an engine makes it: with the content, owner and mode of the image's own."""
        volume = self.folder / name
        shutil.copytree(self.folder / "data", volume)
        os.chown(volume, self.user, self.user)
        return volume

    def command(self, data: Path, *arguments: str, env: Mapping[str, str], mounts: Mapping[Path, str]) -> list[str]:
        """The command line of a container with these arguments, or those of CMD; mounts are read-only."""
        started = [*self.stage.last("ENTRYPOINT").arguments, *(arguments or self.stage.last("CMD").arguments)]
        return self.program(data, started, env=env, mounts=mounts)

    def program(
        self, data: Path, program: list[str], *, env: Mapping[str, str], mounts: Mapping[Path, str]
    ) -> list[str]:
        """The command line of a program in the container, such as its health check."""
        python = f"{self.stage.environment['PATH']}:{_python()}/bin"
        environment = {**self.stage.environment, "PATH": python, **env}
        binds = ["--ro-bind", str(self.folder / "opt"), "/opt", "--bind", str(data), "/data"]
        for source, target in mounts.items():
            binds += [*_folders(target), "--ro-bind", str(source), target]
        user = str(self.user)
        as_user = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs"]
        as_user += ["--bounding-set=-all", "--inh-caps=-all"]
        return [*_sandbox(environment), *binds, "--remount-ro", "/", "--chdir", "/data", *as_user, *program]


def build(dockerfile: Path, context: Path, folder: Path) -> Image:
    """Follow the Dockerfile in ``folder``; skip the test where that is not possible here."""
    if os.geteuid() != 0 or shutil.which("bwrap") is None:
        pytest.skip("following the Dockerfile needs root and bubblewrap: make setup-system installs it")
    first, last = read_dockerfile(dockerfile)
    for name in ("src", "opt", "data"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)
    for instruction in first.instructions:
        if instruction.word == "COPY":
            _copy(instruction, context, folder / "src")
        elif instruction.word == "RUN":
            _run(instruction.text, folder)
    for instruction in last.all("RUN"):
        _run(instruction.text, folder)
    return Image(folder, last)


class Container:
    """A running container; its program is the first process of its own, as in an engine."""

    def __init__(self, command: list[str], log: Path) -> None:
        told, telling = os.pipe()
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [command[0], "--as-pid-1", "--info-fd", str(telling), *command[1:]],
                pass_fds=[telling],
                stdout=output,
                stderr=output,
            )
        os.close(telling)
        with os.fdopen(told) as info:
            self._program: int = json.load(info)["child-pid"]

    def stop(self) -> int:
        """Tell the program to end, as an engine does; return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the program, and all that it started, at once."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        if self.process.poll() is None:
            os.kill(self._program, number)
            self.process.wait(timeout=40)
        return self.process.returncode


@contextmanager
def running(
    image: Image, data: Path, log: Path, *, port: int, env: Mapping[str, str], mounts: Mapping[Path, str]
) -> Iterator[Container]:
    """Run the image's own command while the block runs, once it accepts connections on ``port``."""
    container = Container(image.command(data, env=env, mounts=mounts), log)
    try:
        wait_for_port(port, container.process, log)
        yield container
    finally:
        container.stop()


def _run(command: str, folder: Path) -> None:
    """What RUN does, by root, over a source tree that cannot be written."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    binds = ["--bind", str(folder / "opt"), "/opt", "--ro-bind", str(folder / "src"), "/src"]
    binds += ["--bind", str(folder / "data"), "/data"]
    configured = Path.home() / ".config/pip"
    if configured.is_dir():
        binds += ["--ro-bind", str(configured), "/home/.config/pip"]
    environment = {**kept, "HOME": "/home", "PATH": f"{_python()}/bin:/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        [*_sandbox(environment), *binds, "--cap-add", "CAP_CHOWN", "--chdir", "/src", "sh", "-ec", command],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and any(sign in done.stderr for sign in _NO_NETWORK):
        pytest.skip("following the Dockerfile needs the network, to install what is locked")
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def _copy(instruction: Instruction, context: Path, target: Path) -> None:
    source, wanted = instruction.arguments
    place = target / wanted
    place.parent.mkdir(parents=True, exist_ok=True)
    if (context / source).is_dir():
        ignored = shutil.ignore_patterns(".widget-service", "__pycache__", "*.pyc", "dist", "node_modules")
        shutil.copytree(context / source, place, ignore=ignored)
    else:
        shutil.copy(context / source, place)


def _sandbox(environment: Mapping[str, str]) -> list[str]:
    """Bubblewrap with this machine's system, read-only, and nothing else of it."""
    command = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--clearenv"]
    for name, value in environment.items():
        command += ["--setenv", name, value]
    for place in (*_SYSTEM, *(() if _python().startswith(("/usr/", "/opt/")) else (_python(),))):
        if os.path.islink(place):
            command += ["--symlink", os.readlink(place), place]
        elif os.path.exists(place):
            command += [*_folders(place), "--ro-bind", place, place]
    return [*command, "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]


def _folders(place: str) -> list[str]:
    """The folders above a place, which anybody may pass through; by itself, bubblewrap makes them for root alone."""
    parents = [str(parent) for parent in reversed(Path(place).parents)][1:]
    return [part for parent in parents for part in ("--perms", "0755", "--dir", parent)]


def _python() -> str:
    return sys.base_prefix
