"""What every stack is once it runs, and what a peer has to say to be run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.origin import Origin
from bench.processes import Program
from bench.requirements import find_program
from bench.scenarios import Kind

PEER_FOLDER = Path(__file__).parents[1] / "peers"

PEER_PATHS: Mapping[Kind, str] = {
    Kind.GET: "/json",
    Kind.POST: "/sink",
    Kind.FILE: "/file",
    Kind.TLS: "/tls/json",  # a path of its own, by which a peer takes the origin's TLS port
}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running stack: what it is called, by which paths, and with which headers."""

    name: str
    program: Program
    paths: Mapping[Kind, str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    prepared_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds that each step of its preparation took."""

    def url(self, kind: Kind) -> str:
        """Return what is called for a kind of load."""
        return f"http://127.0.0.1:{self.program.port}{self.paths[kind]}"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a peer is configured with: its own folder, the port to listen on, and the origin."""

    folder: Path
    port: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Peer:
    """Another proxy. ``needs`` are programs and files, ``install`` is the line that brings them.

    ``command`` writes the configuration and returns the command that runs until it is stopped.
    """

    name: str
    needs: Sequence[str]
    install: str
    version: Sequence[str]
    command: Callable[[Setup], list[str]]
    paths: Mapping[Kind, str] = field(default_factory=lambda: PEER_PATHS)

    def is_there(self) -> bool:
        """Whether everything it needs is on this machine."""
        return all(Path(need).exists() if "/" in need else find_program(need) for need in self.needs)
