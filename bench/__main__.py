"""``make bench``: measure, and write ``REPORT.md`` and ``report.json``."""

import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from bench.measuring import measure
from bench.options import Options, read_options
from bench.processes import ProgramFailed
from bench.report.writing import write_report
from bench.requirements import Missing

FAILED = 1
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(options)
    except KeyboardInterrupt:
        print("bench: interrupted; nothing is written.", file=sys.stderr)
        return INTERRUPTED
    except (Missing, ProgramFailed) as error:
        print(f"bench: {error}", file=sys.stderr)
        return FAILED


def _run(options: Options) -> int:
    started = datetime.now(UTC)
    outcome = measure(options)
    for file in write_report(options, outcome, started):
        print(f"bench: wrote {file}")
    return 0


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
