"""The service itself, as its users start it, called as a page calls it: with a session and its CSRF token."""

import http.client
import json
import os
import sys
from contextlib import closing, suppress

from bench.origin import Origin
from bench.processes import ProgramFailed, Programs, free_port
from bench.scenarios import Kind
from bench.stacks.proxy import Proxy
from bench.stacks.repository import USER_ID, make_installation
from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.control.plane import read_master_keys
from widget_service.identity.user_tokens import UserTokens
from widget_service.identity.users import User
from widget_service.settings import ENV_PREFIX, Settings

SERVICE = "widget-service"
PREFIX = "/widget-service"


def execute_path(permalink: str) -> str:
    """Return what is called to execute a connector."""
    return f"{PREFIX}/connectors/{permalink}/execute"


_PATHS = {kind: execute_path(kind) for kind in Kind}


def start_service(programs: Programs, origin: Origin, *, core: int | None, connectors: int = 0) -> Proxy:
    """Start ``widget-service serve`` over an installation made for it, and open a session there."""
    name = f"{SERVICE}-{connectors}" if connectors else SERVICE
    settings, seconds = make_installation(programs.folder / name, origin, connectors=connectors)
    port = free_port()
    program = programs.start(
        name,
        [sys.executable, "-m", "widget_service", "serve"],
        port=port,
        core=core,
        env=_environment(settings, port, origin),
        is_ready=_is_alive,
    )
    return Proxy(SERVICE, program, _PATHS, _session_headers(port, settings), seconds)


def _environment(settings: Settings, port: int, origin: Origin) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)}
    own = {
        "DATA_DIR": settings.data_dir,
        "PORT": port,
        "ADMIN_PORT": 0,
        "ALLOW_INSECURE_UPSTREAMS": "true",  # the origin is on loopback
        "SESSION_COOKIE_SECURE": "false",
    }
    named = {ENV_PREFIX + name: str(value) for name, value in own.items()}
    return {**kept, **named, "SSL_CERT_FILE": str(origin.certificate_file)}


def _is_alive(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException), closing(_connection(port)) as connection:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def _session_headers(port: int, settings: Settings) -> dict[str, str]:
    """Return what a page of a signed-in user sends along; raise `ProgramFailed` where the token is not asked for."""
    tokens = UserTokens.from_master_keys(read_master_keys(settings), tenant_id=DEFAULT_TENANT)
    token = tokens.mint(User(id=USER_ID, email="anna@example.com"), lifetime_s=60)
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
