"""Which addresses are public: one table of ranges, each row with its source.

Python's own ``is_private`` and ``is_global`` are not used: they call public what leads inside by another notation
(NAT64, 6to4, IPv4-compatible addresses) and what clouds keep for themselves.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Verdict(Enum):
    """What an address is, as a reason for refusing it; `PUBLIC` alone is no such reason."""

    PUBLIC = "a public address"
    LOOPBACK = "an address of the machine itself"
    PRIVATE = "a private address"
    SHARED = "an address that providers share among their customers"
    BENCHMARKING = "an address for measuring networks"
    LINK_LOCAL = "a link-local address"
    METADATA = "an address at which clouds hand out their keys"
    UNSPECIFIED = "an address that stands for none, or for every address of the machine"
    MULTICAST = "a multicast or broadcast address"
    DOCUMENTATION = "an address for documentation"
    TRANSITION = "an address that hides another one"
    RESERVED = "an address that is reserved"
    UNREADABLE = "an address that cannot be judged"

    @property
    def reason(self) -> str:
        """Return the verdict for a sentence: ``a private address``."""
        return self.value


ADMISSIBLE = frozenset({Verdict.LOOPBACK, Verdict.PRIVATE, Verdict.SHARED, Verdict.BENCHMARKING})
"""What an operator's setting may admit. Everything else but `PUBLIC` is refused whatever the settings say."""


@dataclass(frozen=True, slots=True)
class Range:
    """One row of the table; ``source`` says who decided that."""

    network: Network
    verdict: Verdict
    source: str


def _rows(*rows: tuple[str, Verdict, str]) -> tuple[Range, ...]:
    return tuple(Range(ip_network(network), verdict, source) for network, verdict, source in rows)


TABLE = _rows(
    # Metadata services: single addresses, which stand before the ranges that hold them.
    ("100.100.100.200/32", Verdict.METADATA, "Alibaba Cloud instance metadata"),
    ("168.63.129.16/32", Verdict.METADATA, "Azure platform endpoint (a public address)"),
    ("169.254.0.0/16", Verdict.LINK_LOCAL, "RFC 3927; holds 169.254.169.254"),
    ("192.0.0.192/32", Verdict.METADATA, "Oracle Cloud instance metadata"),
    ("fd00:ec2::/32", Verdict.METADATA, "AWS instance metadata, name and time servers over IPv6"),
    ("fd20:ce::/32", Verdict.METADATA, "Google Cloud metadata over IPv6"),
    ("0.0.0.0/8", Verdict.UNSPECIFIED, "RFC 791 §3.2, RFC 1122 §3.2.1.3"),
    ("10.0.0.0/8", Verdict.PRIVATE, "RFC 1918"),
    ("100.64.0.0/10", Verdict.SHARED, "RFC 6598"),
    ("127.0.0.0/8", Verdict.LOOPBACK, "RFC 1122 §3.2.1.3"),
    ("172.16.0.0/12", Verdict.PRIVATE, "RFC 1918"),
    ("192.0.0.0/24", Verdict.RESERVED, "RFC 6890 §2.1, IETF protocol assignments"),
    ("192.0.2.0/24", Verdict.DOCUMENTATION, "RFC 5737"),
    ("192.88.99.0/24", Verdict.TRANSITION, "RFC 7526, 6to4 relays"),
    ("192.168.0.0/16", Verdict.PRIVATE, "RFC 1918"),
    ("198.18.0.0/15", Verdict.BENCHMARKING, "RFC 2544"),
    ("198.51.100.0/24", Verdict.DOCUMENTATION, "RFC 5737"),
    ("203.0.113.0/24", Verdict.DOCUMENTATION, "RFC 5737"),
    ("224.0.0.0/4", Verdict.MULTICAST, "RFC 5771"),
    ("255.255.255.255/32", Verdict.MULTICAST, "RFC 919 §7"),
    ("240.0.0.0/4", Verdict.RESERVED, "RFC 1112 §4"),
    ("0.0.0.0/0", Verdict.PUBLIC, "RFC 791"),
    ("::/128", Verdict.UNSPECIFIED, "RFC 4291 §2.5.2"),
    ("::1/128", Verdict.LOOPBACK, "RFC 4291 §2.5.3"),
    ("::/96", Verdict.TRANSITION, "RFC 4291 §2.5.5.1, IPv4-compatible"),
    ("::ffff:0:0:0/96", Verdict.TRANSITION, "RFC 7915, IPv4-translated"),
    ("64:ff9b:1::/48", Verdict.TRANSITION, "RFC 8215, NAT64 of a network's own: where the address stands is not known"),
    ("100::/64", Verdict.RESERVED, "RFC 6666, discard only"),
    ("2001:2::/48", Verdict.BENCHMARKING, "RFC 5180"),
    ("2001::/32", Verdict.TRANSITION, "RFC 4380, Teredo"),
    ("2001::/23", Verdict.RESERVED, "RFC 2928, IETF protocol assignments"),
    ("2001:db8::/32", Verdict.DOCUMENTATION, "RFC 3849"),
    ("2002::/16", Verdict.TRANSITION, "RFC 3056, 6to4"),
    ("3fff::/20", Verdict.DOCUMENTATION, "RFC 9637"),
    ("2000::/3", Verdict.PUBLIC, "RFC 4291 §2.4, RFC 3587: all that is assigned for global unicast"),
    ("fc00::/7", Verdict.PRIVATE, "RFC 4193, unique local"),
    ("fe80::/10", Verdict.LINK_LOCAL, "RFC 4291 §2.5.6"),
    ("fec0::/10", Verdict.RESERVED, "RFC 3879, site-local, deprecated"),
    ("ff00::/8", Verdict.MULTICAST, "RFC 4291 §2.7"),
    ("::/0", Verdict.RESERVED, "RFC 4291 §2.4, not assigned"),
)
"""The first row that holds an address decides. The last row of each family holds every address."""

_MAPPED = ip_network("::ffff:0:0/96")  # RFC 4291 §2.5.5.2: connecting to it is connecting to the IPv4 address
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052 §2.1: the IPv4 address stands in the last 32 bits
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # RFC 5214 §6.1: these 32 bits, then the IPv4 address
_LOW_32 = 0xFFFFFFFF

_Row = tuple[int, int, Verdict]


def _masked(version: int) -> tuple[_Row, ...]:
    """Return the rows of a family as mask, value and verdict: comparing integers is quick."""
    rows = [row for row in TABLE if row.network.version == version]
    return tuple((int(row.network.netmask), int(row.network.network_address), row.verdict) for row in rows)


_MASKED = {4: _masked(4), 6: _masked(6)}


def plain(address: Address) -> Address:
    """Return the address that a connection to ``address`` reaches: an IPv4-mapped one as its IPv4 address."""
    if isinstance(address, IPv6Address) and address in _MAPPED:
        return IPv4Address(int(address) & _LOW_32)
    return address


@lru_cache(maxsize=4096)
def verdict(address: Address) -> Verdict:
    """Return what ``address`` is.

    An IPv6 address that embeds an IPv4 address where the standard says (mapped, NAT64, ISATAP) is never better than
    the embedded one; the other ways of hiding one are refused as they are.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return Verdict.LINK_LOCAL
        if address in _MAPPED:
            return verdict(plain(address))
        if (embedded := _embedded(address)) is not None and (found := verdict(embedded)) is not Verdict.PUBLIC:
            # Nothing inside is ever meant to be reached that way (RFC 6052 §3.1): no setting admits it.
            return Verdict.TRANSITION if found in ADMISSIBLE else found
        if address in _NAT64:
            return Verdict.PUBLIC
    return _look_up(int(address), address.version)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that NAT64 or ISATAP would lead to."""
    value = int(address)
    if address in _NAT64 or (value >> 32) & _LOW_32 in _ISATAP:
        return IPv4Address(value & _LOW_32)
    return None


def _look_up(value: int, version: int) -> Verdict:
    for mask, network, found in _MASKED[version]:
        if value & mask == network:
            return found
    return Verdict.UNREADABLE
