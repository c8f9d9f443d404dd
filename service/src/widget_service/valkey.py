"""Connecting to Valkey or Redis: the address as the setting has it, waits that are short, and failures in words."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeout

TIMEOUT_S = 1.0
MAX_CONNECTIONS = 20
SCHEMES = ("redis", "rediss", "valkey", "valkeys", "unix")
OPTIONS = ("db", "username", "password", "client_name", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
"""What may stand behind the ``?`` of the address; waits and connections are the service's own matter."""

_REASONS = {
    "it wants a password": ("NOAUTH", "HELLO must", "Authentication required"),
    "it refuses the user name or the password": (
        "WRONGPASS",
        "invalid username",
        "invalid password",
        "AUTH <password>",
    ),
    "the user may not do that": ("NOPERM", "no permissions"),
}
"""What servers say, whichever class of the library says it."""

DELETE_IF_EQUAL = "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0"
"""A script that deletes what is still the caller's."""

_EXHAUSTED = "No connection available."


def valkey_client(url: str) -> Redis:
    """Return a client of the server at ``url``; it connects when it is first used.

    Raises `ValueError` for an address that cannot be used; the message never quotes it, for it may hold a password.
    """
    # No health_check_interval: on a server that wants a password the check of the connection that signs in
    # calls itself without end.
    pool = BlockingConnectionPool(
        **_options(url),
        max_connections=MAX_CONNECTIONS,
        timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),
    )
    return Redis.from_pool(pool)


def reason_of(error: Exception) -> str:
    """Return what went wrong, without the library's message: that may hold the address with its password."""
    if is_exhausted(error):
        return "all connections are in use"
    for reason, words in _REASONS.items():
        if any(word in str(error) for word in words):
            return reason
    if isinstance(error, TimeoutError | RedisTimeout):
        return "it does not answer in time"
    return "there is no connection" if isinstance(error, RedisConnectionError | OSError) else type(error).__name__


def is_exhausted(error: Exception) -> bool:
    """Whether only the connections were all in use: that says nothing about the server."""
    return isinstance(error, RedisConnectionError) and str(error) == _EXHAUSTED


def _options(url: str) -> dict[str, Any]:
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise ValueError(f"it must begin with one of {', '.join(f'{known}://' for known in SCHEMES)}")
    try:
        parts = urlsplit(url)
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        parsed = dict(parse_url(f"{scheme.replace('valkey', 'redis')}://{rest}")) if _has_place(scheme, url) else {}
    except ValueError:
        parsed, names = {}, []
    if not parsed:
        raise ValueError("it must be like redis://:PASSWORD@HOST:PORT/NUMBER or unix://:PASSWORD@/PATH")
    if not set(names) <= set(OPTIONS):
        raise ValueError(f"behind its ? there may only be {', '.join(OPTIONS)}")
    return parsed


def _has_place(scheme: str, url: str) -> bool:
    parts = urlsplit(url)
    if scheme == "unix":
        return len(parts.path) > 1
    number = parts.path.strip("/")
    return bool(parts.hostname) and parts.port != 0 and (not number or (number.isascii() and number.isdigit()))
