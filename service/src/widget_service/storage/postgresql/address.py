"""URLs of PostgreSQL databases, as libpq reads them: what is connected to, and what may be printed of it."""

import re
from typing import Any, Final

from widget_service.storage.errors import DatabaseUnavailable

WOULD_BE_RIGHT: Final = (
    "postgresql://USER:PASSWORD@HOST:5432/DATABASE, where what has a meaning in URLs is percent-encoded in the password"
)
CONNECT_TIMEOUT_S: Final = 5
_SCHEMES: Final = ("postgresql://", "postgres://", "postgresql+psycopg://")
_HOST: Final = r"(?:\[[0-9A-Fa-f:.]*\]|[^@:/?#,\[\]]*)(?::\d*)?"
_PRINTABLE: Final = re.compile(
    r"(?P<scheme>[a-z0-9+]+://)(?:(?P<user>[^:/@?#]*)(?::(?P<password>[^:/@?#]*))?@)?"
    rf"(?P<place>{_HOST}(?:,{_HOST})*(?:/[^@:?#]*)?)(?:\?[^@#]*)?"
)
"""Stricter than libpq: a password with a ``/`` or an ``@`` in it must not be taken for a host, a port or a name."""

_TCP: Final = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A connection whose other end is gone without a word is noticed within so many seconds, not hours."""


def is_postgresql(url: str) -> bool:
    """Whether a URL is meant for PostgreSQL."""
    return url.startswith(_SCHEMES)


def without_driver(url: str) -> str:
    """Return the URL as libpq knows it; raise `DatabaseUnavailable` for one that it cannot read."""
    plain = "postgresql://" + url.partition("://")[2]
    if _PRINTABLE.fullmatch(plain) is None:
        raise _unreadable(plain)
    _read(plain)
    return plain


def connection_parameters(url: str) -> dict[str, Any]:
    """Return what psycopg is given for the URL; raise `DatabaseUnavailable`. What it says itself comes first."""
    ours = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "widget-service", **_TCP}
    return {**ours, **_read(url), "client_encoding": "UTF8"}


def place_of(url: str) -> str:
    """Return how messages call the database: its name and its hosts, and nothing else of the URL."""
    read = _read(url)
    hosts = str(read.get("host") or read.get("hostaddr") or "this machine").split(",")
    ports = str(read.get("port") or "").split(",")
    places = [f"{host}:{ports[min(n, len(ports) - 1)]}".rstrip(":") for n, host in enumerate(hosts)]
    return f"{read.get('dbname') or read.get('user') or 'of this user'} at {', '.join(places)}"


def printable(url: str) -> str:
    """Return the URL without password and query; what does not look like one only as a mask."""
    found = _PRINTABLE.fullmatch(url)
    if found is None:
        return "••••••"
    user = "" if found["user"] is None else found["user"] + (":***@" if found["password"] is not None else "@")
    return f"{found['scheme']}{user}{found['place']}"


def _read(url: str) -> dict[str, Any]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        return dict(conninfo_to_dict(url))
    except ProgrammingError:  # whose message quotes what may be the password
        raise _unreadable(url) from None


def _unreadable(url: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"{printable(url)} cannot be read as the URL of a PostgreSQL database, or has an option that libpq does not "
        f"know. It must be such as {WOULD_BE_RIGHT}."
    )
