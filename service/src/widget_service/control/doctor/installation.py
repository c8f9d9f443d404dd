"""What the service stands on: its settings, its data directory, the authorities of TLS, its port."""

import http.client
import json
import os
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

from widget_service.control.doctor.finding import Finding, good, note, wrong
from widget_service.egress.trust import system_ca_file
from widget_service.settings import Settings, unknown_variables

_ANSWER_TIMEOUT_S = 1.0


def settings_findings(settings: Settings, config: Path | None) -> Iterator[Finding]:
    """Say where the settings come from, and which of them are meant for development only."""
    source = f"the environment over {config}" if config is not None else "the environment and the defaults"
    yield good("settings", f"from {source}")
    for sentence in unknown_variables(os.environ):
        yield note("settings", sentence)
    if settings.allow_insecure_upstreams:
        yield note(
            "settings",
            "ALLOW_INSECURE_UPSTREAMS is on: credentials may be sent by http, and to this machine",
            "turn it off where others than developers call the service",
        )


def data_dir_findings(folder: Path) -> Iterator[Finding]:
    """Look at the data directory: there, writable, closed to others."""
    subject, place = "data directory", folder.absolute()
    if not folder.is_dir():
        yield wrong(subject, f"{place} is not there", "run: widget-service init")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield wrong(subject, f"{place} cannot be written to", "give it to the user that the service runs as")
    elif mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield note(subject, f"{place} is open to others (mode {mode:04o})", f"run: chmod 700 {place}")
    else:
        yield good(subject, f"{place}, mode {mode:04o}")


def authority_findings() -> Iterator[Finding]:
    """Look for the certificates of the authorities that destinations are believed by."""
    subject, file = "TLS authorities", system_ca_file()
    remedy = "install the system's certificates (Debian: ca-certificates), or name a file in SSL_CERT_FILE"
    if file is None:
        yield wrong(subject, "there are none: no destination can be called by https", remedy)
        return
    try:
        count = len(ssl.create_default_context(cafile=file).get_ca_certs())
    except (ssl.SSLError, OSError):
        yield wrong(subject, f"{file} cannot be read as certificates", remedy)
        return
    yield good(subject, f"{count} in {file}") if count else wrong(subject, f"{file} holds none", remedy)


def port_findings(settings: Settings) -> Iterator[Finding]:
    """Look whether the port is free, or taken by a running service."""
    subject, address = "port", f"{settings.host}:{settings.port}"
    if _is_free(settings.host, settings.port):
        yield good(subject, f"{address} is free")
    elif _is_service(settings.host, settings.port):
        yield good(subject, f"a service answers at {address}")
    else:
        yield wrong(subject, f"{address} is taken, or no address of this machine", "set WIDGET_SERVICE_HOST and _PORT")


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _is_service(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return bool(json.loads(connection.getresponse().read(1000)) == {"status": "ok"})
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
