"""Caddy as a reverse proxy that adds the key."""

from bench.origin import KEY, KEY_HEADER
from bench.stacks.proxy import Peer, Setup


def _command(setup: Setup) -> list[str]:
    config = setup.folder / "Caddyfile"
    config.write_text(_config(setup), encoding="utf-8")
    return ["env", f"HOME={setup.folder}", "caddy", "run", "--adapter", "caddyfile", "--config", str(config)]


def _config(setup: Setup) -> str:
    origin = setup.origin
    return f"""{{
  admin off
  auto_https off
}}

http://127.0.0.1:{setup.port} {{
  bind 127.0.0.1
  handle /tls/* {{
    reverse_proxy https://127.0.0.1:{origin.tls_port} {{
      header_up {KEY_HEADER} {KEY}
      transport http {{
        tls_trusted_ca_certs {origin.certificate_file}
        keepalive_idle_conns_per_host 256
      }}
    }}
  }}
  handle {{
    reverse_proxy 127.0.0.1:{origin.port} {{
      header_up {KEY_HEADER} {KEY}
      transport http {{
        keepalive_idle_conns_per_host 256
      }}
    }}
  }}
}}
"""


CADDY = Peer(
    name="caddy",
    needs=["caddy"],
    install="apt-get install caddy",
    version=["caddy", "version"],
    command=_command,
)
