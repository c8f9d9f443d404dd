"""What is published, built once: each wheel from its sdist, so that neither needs the workspace."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARIES = ROOT / "requirements" / "run.txt"


@dataclass(frozen=True)
class Built:
    """The files of one distribution."""

    source: Path
    wheel: Path
    sdist: Path


@dataclass(frozen=True)
class Installed:
    """An environment that holds what was built and what it needs, and an empty home."""

    python: Path
    home: Path

    @property
    def env(self) -> dict[str, str]:
        """Nothing of the machine's settings and nothing of the checkout; destinations may be on this machine."""
        own = {"HOME": str(self.home), "PATH": f"{self.python.parent}:/usr/bin:/bin", "LANG": "C.UTF-8"}
        return {**own, "NO_COLOR": "1", "WIDGET_SERVICE_ALLOW_INSECURE_UPSTREAMS": "true"}

    def run(self, *arguments: object, stdin: str = "", status: int = 0) -> str:
        """Run a command of the environment in the home; return what it printed."""
        command, *rest = map(str, arguments)
        done = subprocess.run(
            [str(self.python.with_name(command)), *rest],
            cwd=self.home,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> dict[str, Built]:
    folder = tmp_path_factory.mktemp("dist")
    return {
        name: _build(ROOT / place, folder / name) for name, place in (("sdk", "sdk/python"), ("service", "service"))
    }


@pytest.fixture(scope="session")
def installed(built, tmp_path_factory) -> Installed:
    """Installed as people do, by pip; libraries at the versions that were tested, by their hashes."""
    return install(built, tmp_path_factory.mktemp("installed"), sys.executable)


def install(built: dict[str, Built], folder: Path, interpreter: str) -> Installed:
    """Make an environment of an interpreter, with what was built in it."""
    home = folder / "home"
    home.mkdir()
    subprocess.run([interpreter, "-m", "venv", str(folder / "venv")], check=True, capture_output=True)
    python = folder / "venv" / "bin" / "python"
    wheels = [str(each.wheel) for each in built.values()]
    for arguments in (["--require-hashes", "-r", str(LIBRARIES)], ["--no-deps", *wheels]):
        _pip(python, "install", *arguments)
    _pip(python, "check")
    return Installed(python, home)


def _build(source: Path, folder: Path) -> Built:
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, source]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return Built(source, next(folder.glob("*.whl")), next(folder.glob("*.tar.gz")))


def _pip(python: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python), "-m", "pip", *arguments, *(["--quiet"] if arguments[0] == "install" else [])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode and "NewConnectionError" in done.stderr:
        pytest.skip("there is no network to install from")
    assert done.returncode == 0, done.stdout + done.stderr
