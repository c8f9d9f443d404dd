"""``python -m widget_service.testing.cache_proxy``: the cache as a plain reverse proxy, for public test suites.

Cache and client are those of the service; templates, CSRF and header lists are left out.
"""

import argparse
import sys
from functools import partial

from widget_service.egress.urls import parse_url
from widget_service.serving import PortTaken, StopSignal, serve
from widget_service.settings import Settings, load_settings
from widget_service.testing.reverse_proxy import ReverseProxy

MAX_ENTRY_BYTES = 10 * 1024 * 1024


def main(arguments: list[str] | None = None) -> int:
    """Listen until SIGTERM; return the exit code."""
    options = _parser().parse_args(arguments)
    host, _, port = options.listen.rpartition(":")
    try:
        origin = parse_url(options.origin).origin
        listen = {"host": host.strip("[]"), "port": int(port)}
    except ValueError as error:  # UrlError is one
        print(f"--listen is HOST:PORT and --origin an URL: {error}", file=sys.stderr)
        return 2
    settings = load_settings().model_copy(update={**listen, "cache_max_entry_bytes": MAX_ENTRY_BYTES, "workers": 1})
    try:
        serve(partial(_build, origin, settings), settings=settings)
    except PortTaken as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _build(origin: str, settings: Settings, _: StopSignal) -> ReverseProxy:
    return ReverseProxy(origin, settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m widget_service.testing.cache_proxy", description=__doc__)
    parser.add_argument("--listen", required=True, metavar="HOST:PORT", help="where to listen")
    parser.add_argument("--origin", required=True, metavar="URL", help="the server that is asked")
    return parser


if __name__ == "__main__":
    sys.exit(main())
