"""The service itself, as its users start it, called as a page calls it: with a session and its CSRF token."""

import http.client
import json
import os
import sys
from contextlib import closing, suppress
from pathlib import Path

from bench.origin import Origin
from bench.processes import ProgramFailed, Programs, free_port
from bench.scenarios import Kind
from bench.stacks.proxy import Proxy
from bench.stacks.repository import USER_ID, write_repository
from widget_service.dev.user_tokens import user_tokens_of
from widget_service.identity.users import User

SERVICE = "widget-service"
PREFIX = "/widget-service"
_PATHS = {kind: f"{PREFIX}/connectors/{kind}/execute" for kind in Kind}


def start_service(programs: Programs, origin: Origin, *, core: int | None, connectors: int = 0) -> Proxy:
    """Start ``widget-service dev`` over a repository made for it, and open a session there."""
    name = f"{SERVICE}-{connectors}" if connectors else SERVICE
    repo = programs.folder / name
    write_repository(repo, origin, connectors=connectors)
    port = free_port()
    program = programs.start(
        name,
        [sys.executable, "-m", "widget_service", "dev", str(repo), "--port", str(port)],
        port=port,
        core=core,
        env=_environment(origin),
        is_ready=_is_alive,
    )
    return Proxy(SERVICE, program, _PATHS, _session_headers(port, repo))


def _environment(origin: Origin) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WIDGET_SERVICE_")}
    return {**kept, "NO_COLOR": "1", "SSL_CERT_FILE": str(origin.certificate_file)}


def _is_alive(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException), closing(_connection(port)) as connection:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def _session_headers(port: int, repo: Path) -> dict[str, str]:
    """Return what a page of a signed-in user sends along; raise `ProgramFailed` where the token is not asked for."""
    token = user_tokens_of(repo).mint(User(id=USER_ID), lifetime_s=60)
    with closing(_connection(port)) as connection:
        connection.request("POST", "/session", json.dumps({"token": token}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        opened = json.loads(answer.read())
        if answer.status != 200:
            raise ProgramFailed(f"no session was opened: {opened}")
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        connection.request("GET", _PATHS[Kind.GET], headers={"Cookie": cookie})
        if (status := connection.getresponse().status) != 403:
            raise ProgramFailed(f"a call without the CSRF token is answered with {status}, not 403")
    return {"Cookie": cookie, "X-CSRF-Token": opened["csrf_token"], "Sec-Fetch-Site": "same-origin"}


def _connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=10)
