"""The one parser of absolute http and https URLs: what two readers could read in two ways is refused."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}

_SCHEME = re.compile(r"(https?)://", re.IGNORECASE)
_NOT_VISIBLE_ASCII = re.compile(r"[^\x21-\x7e]")
_NAME = re.compile(r"[a-z0-9_.-]+")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_QUAD = re.compile(r"(?:(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\.(?!\Z)|\Z)){4}")
_MAX_HOST = 253
_MAX_LABEL = 63


class UrlError(ValueError):
    """A text that is no URL the service calls; the message says why, without the URL itself (it may hold a secret)."""


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute URL.

    ``host`` is lowercase ASCII: a name without a dot at its end, a dotted quad, or an IPv6 address without brackets in
    its shortest form (RFC 5952). ``port`` is the scheme's own where none was written. ``path`` and ``query`` stand
    as they were written. ``origin`` is ``https://host[:port]``, the scheme's own port left out.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str
    origin: str

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the scheme's own, as ``Host`` has it (RFC 9110 §7.2)."""
        return self.origin.partition("://")[2]

    @property
    def target(self) -> str:
        """Path and query, as a request line has them (RFC 9112 §3.2.1)."""
        path = self.path or "/"
        return f"{path}?{self.query}" if self.query else path


_MAX_REMEMBERED = 2048


def parse_url(text: str) -> Url:
    """Return the parts of an absolute ``http`` or ``https`` URL (RFC 3986); raise `UrlError` where it is none.

    Refused beside what the RFC refuses: credentials, a fragment, a backslash, anything that is not visible ASCII,
    numbers that resolvers take for addresses (``127.1``, ``0x7f.1``), and a name with a dot at its end, which is
    a second spelling of the same host.
    """
    before_query, _, query = text.partition("?")
    url = _parse_without_query(before_query)
    if not query:
        return url
    _check_characters(query)
    return Url(url.scheme, url.host, url.port, url.path, query, url.origin)


def _check_characters(text: str) -> None:
    if found := _NOT_VISIBLE_ASCII.search(text):
        raise UrlError(f"it holds the character U+{ord(found[0]):04X}; only visible ASCII may stand in a URL")
    if "\\" in text:
        raise UrlError("it holds a backslash, which some readers take for a slash")
    if "#" in text:
        raise UrlError("it has a fragment (#), which is never sent")


@lru_cache(maxsize=_MAX_REMEMBERED)
def _parse_without_query(text: str) -> Url:
    """Remembered: most connectors call one URL. What stands in a query may be a secret, and is not kept."""
    _check_characters(text)
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise UrlError("it does not begin with https:// (or http://)")
    slash = text.find("/", scheme.end())
    stop = slash if slash >= 0 else len(text)
    host, port, origin = _read_authority(scheme[1].lower(), text[scheme.end() : stop])
    return Url(scheme[1].lower(), host, port, text[stop:], "", origin)


@lru_cache(maxsize=4096)
def _read_authority(scheme: str, authority: str) -> tuple[str, int, str]:
    """Return host, port and origin."""
    if "@" in authority:
        raise UrlError("it holds a user name or a password before its host")
    host_text, port_text = _split_authority(authority)
    port = DEFAULT_PORTS[scheme] if port_text is None else _read_port(port_text)
    is_ipv6 = host_text.startswith("[")
    host = _read_ipv6(host_text[1:-1]) if is_ipv6 else _read_host(host_text.lower())
    shown_port = "" if port == DEFAULT_PORTS[scheme] else f":{port}"
    return host, port, f"{scheme}://" + (f"[{host}]" if is_ipv6 else host) + shown_port


def _split_authority(authority: str) -> tuple[str, str | None]:
    if authority.startswith("["):
        address, bracket, rest = authority.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UrlError("its host begins with a bracket and is no IPv6 address such as [2001:db8::1]")
        return address + "]", rest[1:] if rest else None
    host, colon, port = authority.partition(":")
    return host, port if colon else None


def _read_port(text: str) -> int:
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise UrlError("its port is not a number from 1 to 65535")
    return int(text)


def _read_ipv6(text: str) -> str:
    if "%" in text:
        raise UrlError("its IPv6 address names a zone (%), which means something on one machine only")
    try:
        address = IPv6Address(text)
    except AddressValueError:
        raise UrlError("its host stands in brackets and is no IPv6 address") from None
    if address.ipv4_mapped is None:
        return str(address)
    high, low = divmod(int(address.ipv4_mapped), 1 << 16)  # as browsers write it; Python 3.13 began to write dots
    return f"::ffff:{high:x}:{low:x}"


def _read_host(host: str) -> str:
    if not host:
        raise UrlError("it has no host")
    if not _NAME.fullmatch(host):
        raise UrlError("its host holds a character that no host name has (letters, digits, '-', '_' and '.')")
    if host.endswith("."):
        raise UrlError("its host ends with a dot; the same host is written without it")
    labels = host.split(".")
    if not all(labels):
        raise UrlError("its host has an empty label (two dots in a row, or one at the beginning)")
    if len(host) > _MAX_HOST or max(map(len, labels)) > _MAX_LABEL:
        raise UrlError(f"its host is longer than {_MAX_HOST} characters, or a label of it than {_MAX_LABEL}")
    if _NUMBER.fullmatch(labels[-1]) and not _QUAD.fullmatch(host):
        raise UrlError("its host ends in a number and is no address in its plain form, such as 192.0.2.1")
    return host
