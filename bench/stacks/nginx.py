"""nginx as a reverse proxy that adds the key, and keeps what may be kept."""

from bench.certificate import NAME
from bench.origin import KEY, KEY_HEADER, nginx_base
from bench.requirements import find_program
from bench.scenarios import Kind
from bench.stacks.proxy import PEER_PATHS, Peer, Setup

_PROGRAM = find_program("nginx") or "nginx"


def _command(setup: Setup) -> list[str]:
    config = setup.folder / "nginx.conf"
    config.write_text(nginx_base(setup.folder) + _servers(setup) + "}\n", encoding="utf-8")
    return [_PROGRAM, "-p", str(setup.folder), "-c", str(config)]


def _servers(setup: Setup) -> str:
    origin = setup.origin
    return f"""
  upstream origin {{ server 127.0.0.1:{origin.port}; keepalive 256; keepalive_requests 1000000000; }}
  upstream origin_tls {{ server 127.0.0.1:{origin.tls_port}; keepalive 256; keepalive_requests 1000000000; }}
  proxy_cache_path {setup.folder}/cache keys_zone=kept:10m;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header {KEY_HEADER} "{KEY}";
  proxy_request_buffering off;
  proxy_max_temp_file_size 0;
  proxy_ssl_verify on;
  proxy_ssl_trusted_certificate {origin.certificate_file};
  proxy_ssl_name {NAME};
  server {{
    listen 127.0.0.1:{setup.port} backlog=4096;
    location / {{ proxy_pass http://origin; }}
    location = /cacheable {{ proxy_cache kept; proxy_pass http://origin; }}
    location /tls/ {{ proxy_pass https://origin_tls; }}
  }}
"""


NGINX = Peer(
    name="nginx",
    needs=["nginx"],
    install="apt-get install nginx-light",
    version=[_PROGRAM, "-v"],
    command=_command,
    paths={**PEER_PATHS, Kind.CACHE: "/cacheable"},
)
