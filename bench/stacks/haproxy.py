"""HAProxy as a reverse proxy that adds the key."""

from bench.certificate import NAME
from bench.origin import KEY, KEY_HEADER
from bench.requirements import find_program
from bench.stacks.proxy import Peer, Setup

_PROGRAM = find_program("haproxy") or "haproxy"


def _command(setup: Setup) -> list[str]:
    config = setup.folder / "haproxy.cfg"
    config.write_text(_config(setup), encoding="utf-8")
    return [_PROGRAM, "-db", "-f", str(config)]


def _config(setup: Setup) -> str:
    origin = setup.origin
    return f"""
global
  nbthread 1
  maxconn 4096

defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always

frontend proxy
  bind 127.0.0.1:{setup.port}
  http-request set-header {KEY_HEADER} {KEY}
  use_backend tls if {{ path_beg /tls/ }}
  default_backend plain

backend plain
  server origin 127.0.0.1:{origin.port}

backend tls
  server origin 127.0.0.1:{origin.tls_port} ssl verify required verifyhost {NAME} ca-file {origin.certificate_file}
"""


HAPROXY = Peer(
    name="haproxy",
    needs=["haproxy"],
    install="apt-get install haproxy",
    version=[_PROGRAM, "-v"],
    command=_command,
)
