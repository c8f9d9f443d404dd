"""What the measuring itself needs of the machine."""

from shutil import which

_NEEDED = {"nginx": "nginx-light", "wrk": "wrk"}


class Missing(Exception):
    """Something is not there; the message has the line that installs it."""


def find_program(name: str) -> str | None:
    """Return the path of a program; servers often lie where only root's PATH looks."""
    return which(name) or which(name, path="/usr/sbin:/usr/local/sbin:/sbin")


def check_requirements() -> None:
    """Raise `Missing` where the origin or the load generator is not there."""
    missing = [package for program, package in _NEEDED.items() if find_program(program) is None]
    if missing:
        raise Missing(f"there is no {' and no '.join(missing)}; apt-get install {' '.join(missing)} brings it")
