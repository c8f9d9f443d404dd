"""What the command line says."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.scenarios import ALL_NAMES
from bench.stacks import PEERS, SERVICE

HERE = Path(__file__).parent
ROUNDS = 7
SECONDS = 2
QUICK_ROUNDS = 2
QUICK_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Options:
    """``seconds`` is the length of a slice; empty ``scenarios`` or ``stacks`` mean all of them."""

    rounds: int = ROUNDS
    seconds: int = SECONDS
    scenarios: frozenset[str] = frozenset()
    stacks: frozenset[str] = frozenset()
    output: Path = HERE
    command_line: str = ""

    def wants(self, scenario: str) -> bool:
        """Whether a scenario is to be measured."""
        return not self.scenarios or scenario in self.scenarios

    def wants_stack(self, stack: str) -> bool:
        """Whether a stack is to be driven; the service itself always is."""
        return stack == SERVICE or not self.stacks or stack in self.stacks


def read_options(arguments: Sequence[str]) -> Options:
    """Return the options; end the process with a message where one is wrong."""
    parser = _parser()
    given = parser.parse_args(arguments)
    rounds = given.rounds or (QUICK_ROUNDS if given.quick else ROUNDS)
    seconds = given.seconds or (QUICK_SECONDS if given.quick else SECONDS)
    if rounds < 1 or not 1 <= seconds <= 60:
        parser.error("--rounds must be 1 or more, --seconds between 1 and 60")
    return Options(
        rounds=rounds,
        seconds=seconds,
        scenarios=_known(parser, given.scenarios, ALL_NAMES, "scenario"),
        stacks=_known(parser, given.stacks, [peer.name for peer in PEERS], "stack"),
        output=given.output,
        command_line=" ".join(["make bench", *([f'BENCH_ARGS="{" ".join(arguments)}"'] if arguments else [])]),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what a call costs.")
    parser.add_argument("--quick", action="store_true", help="a few short slices: to see that it runs, not how fast")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"rounds over all stacks (default {ROUNDS})")
    parser.add_argument("--seconds", type=int, metavar="S", help=f"length of a slice (default {SECONDS})")
    parser.add_argument("--scenarios", default="", metavar="A,B", help=f"only these, of: {', '.join(ALL_NAMES)}")
    parser.add_argument(
        "--stacks", default="", metavar="A,B", help=f"only these peers, of: {', '.join(peer.name for peer in PEERS)}"
    )
    parser.add_argument("--output", type=Path, default=HERE, metavar="DIR", help="where the report goes")
    return parser


def _known(parser: argparse.ArgumentParser, text: str, names: Sequence[str], what: str) -> frozenset[str]:
    given = frozenset(filter(None, (part.strip() for part in text.split(","))))
    if unknown := sorted(given - set(names)):
        parser.error(f"there is no {what} {', '.join(unknown)}; there are {', '.join(names)}")
    return given
