"""Who is at the other end, behind the proxies that an operator trusts; by default nobody is trusted.

Sources: RFC 7239 (``Forwarded``); ``X-Forwarded-For`` and ``X-Forwarded-Proto``, which are nobody's standard and
everybody's custom.
"""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

MAX_HOPS = 32

Address = IPv4Address | IPv6Address

_PAIR = re.compile(r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s",;]*)\s*')
_SCHEMES = frozenset({"http", "https"})


class TrustedProxies:
    """Reads forwarding headers from right to left, as far as addresses are trusted.

    What cannot be read ends the reading: the last address that could be is the caller's. Where both kinds of headers
    say different things, one of them is a caller's own, and neither counts.
    """

    def __init__(self, networks: Iterable[IPv4Network | IPv6Network] = ()) -> None:
        self._networks = tuple(networks)

    def client_address(self, peer: str, headers: Mapping[str, str]) -> str:
        """Return the caller's address; ``peer`` is who is connected, ``headers`` have lowercase names."""
        if not self._networks or not self._trusts(_address(peer)):
            return peer
        told = {
            self._walk(peer, hops)
            for hops in (_forwarded(headers, "for"), _listed(headers.get("x-forwarded-for")))
            if hops is not None
        }
        return told.pop() if len(told) == 1 else peer

    def scheme(self, peer: str, headers: Mapping[str, str], scheme: str) -> str:
        """Return the scheme that the caller used, as the nearest proxy has it if it is trusted; else ``scheme``."""
        if not self._networks or not self._trusts(_address(peer)):
            return scheme
        told = {
            hops[-1].lower()
            for hops in (_forwarded(headers, "proto"), _listed(headers.get("x-forwarded-proto")))
            if hops
        }
        said = told.pop() if len(told) == 1 else ""
        return said if said in _SCHEMES else scheme

    def _walk(self, peer: str, hops: list[str]) -> str:
        nearest = peer
        for hop in reversed(hops[-MAX_HOPS:]):
            address = _address(hop)
            if address is None:
                break
            nearest = str(address)
            if not self._trusts(address):
                break
        return nearest

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )


def network_of(address: str) -> str:
    """Return whose calls are counted together: an IPv4 address, or the 64 bits of an IPv6 one that a network has."""
    parsed = _address(address)
    return str(IPv6Network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


def _address(text: str) -> Address | None:
    """Return an address, from ``a.b.c.d``, ``a:b::c``, both in brackets or with a port; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text, _, port = text[1:].partition("]")
        if port and not (port[0] == ":" and port[1:].isdigit()):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not port.isdigit():
            return None
    if "%" in text:  # a zone says something to the machine alone that wrote it
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _listed(value: str | None) -> list[str] | None:
    return None if value is None else [part.strip() for part in value.split(",")]


def _forwarded(headers: Mapping[str, str], wanted: str) -> list[str] | None:
    """Return the values of one parameter, an element each; what an element does not say, or garbles, is empty."""
    value = headers.get("forwarded")
    return None if value is None else [_parameter(element, wanted) for element in value.split(",")]


def _parameter(element: str, wanted: str) -> str:
    found = [_PAIR.fullmatch(pair) for pair in element.split(";")]
    pairs = [(match[1].lower(), match[2]) for match in found if match is not None]
    values = [value for name, value in pairs if name == wanted]
    return values[0].strip('"') if len(values) == 1 and len(pairs) == len(found) else ""
