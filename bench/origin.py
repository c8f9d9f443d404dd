"""The destination of every call: nginx, which answers only those that bring the key."""

import http.client
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.certificate import Certificate, make_certificate
from bench.faults import DESTINATIONS
from bench.processes import Program, ProgramFailed, Programs, free_port
from bench.requirements import find_program

KEY_HEADER = "X-Api-Key"
KEY = "key-of-the-bench-origin"
JSON_BYTES = 1024
FILE_BYTES = 10 * 1024 * 1024
SDK_PATH = "/widget-service/connectors/get/execute"
"""Answers as the service would: the SDK is measured against the origin itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the origin answers, in plain text and by TLS; ``certificate_file`` is what to believe it by.

    ``fault_ports`` are those of `bench.faults`, by the name of the destination.
    """

    port: int
    tls_port: int
    certificate_file: Path
    fault_ports: Mapping[str, int] = field(default_factory=dict)


def json_answer() -> str:
    """Return the 1 KiB of JSON that GETs are answered with."""
    items = [{"id": number, "name": f"plant {number}", "price": 12.5, "tags": ["green"]} for number in range(14)]
    bare = json.dumps({"total": len(items), "items": items, "note": ""})
    return bare[:-2] + "." * (JSON_BYTES - len(bare)) + bare[-2:]


def start_origin(programs: Programs, core: int | None) -> tuple[Origin, Program]:
    """Start the origin; its program is called without a proxy too, to see what a proxy adds.

    Raises `ProgramFailed` where it would let a call without the key pass.
    """
    certificate = make_certificate(programs.folder)
    origin = Origin(free_port(), free_port(), certificate.file, {name: free_port() for name in DESTINATIONS})
    folder = programs.folder / "origin"
    folder.mkdir()
    with (folder / "file").open("wb") as file:
        file.truncate(FILE_BYTES)
    config = folder / "nginx.conf"
    config.write_text(nginx_base(folder) + _servers(origin, certificate, folder) + "}\n", encoding="utf-8")
    nginx = find_program("nginx") or "nginx"
    program = programs.start("origin", [nginx, "-p", str(folder), "-c", str(config)], port=origin.port, core=core)
    _check_refusal(origin)
    ports = list(origin.fault_ports.values())
    faults = [sys.executable, "-m", "bench.faults", *map(str, ports)]
    programs.start("faults", faults, port=ports[-1], core=core)
    return origin, program


def nginx_base(folder: Path) -> str:
    """Return the head of a configuration whose nginx writes into ``folder`` alone; the http block is left open."""
    paths = "\n".join(
        f"  {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""  # the folder belongs to whoever measures
    return f"""{user}daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
{paths}
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 16m;
  client_body_buffer_size 256k;
"""


def _servers(origin: Origin, certificate: Certificate, folder: Path) -> str:
    answer = json_answer()
    return f"""
  default_type application/json;
  sendfile on;
  tcp_nodelay on;
  server {{
    listen 127.0.0.1:{origin.port} backlog=4096;
    listen 127.0.0.1:{origin.tls_port} ssl backlog=4096;
    ssl_certificate {certificate.file};
    ssl_certificate_key {certificate.key_file};
    root {folder};
    if ($http_{KEY_HEADER.lower().replace("-", "_")} != "{KEY}") {{ return 401 '{{"error": "no key"}}'; }}
    location = /json {{ return 200 '{answer}'; }}
    location = /tls/json {{ return 200 '{answer}'; }}
    location = {SDK_PATH} {{ return 200 '{answer}'; }}
    location = /cacheable {{ add_header Cache-Control "max-age=3600"; return 200 '{answer}'; }}
    location = /sink {{ return 200 '{{"received": "$content_length"}}'; }}
    location = /file {{ default_type application/octet-stream; }}
  }}
"""


def _check_refusal(origin: Origin) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=5)
    try:
        connection.request("GET", "/json")
        if (status := connection.getresponse().status) != 401:
            raise ProgramFailed(f"the origin answers a call without the key with {status}, not 401")
    finally:
        connection.close()
