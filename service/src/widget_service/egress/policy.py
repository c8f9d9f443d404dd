"""Where a request may go: the operator's settings applied to a URL, and to the addresses behind its host. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple

from widget_service.egress.addresses import ADMISSIBLE, Address, Verdict, plain, verdict
from widget_service.egress.ports import BAD_PORTS
from widget_service.egress.urls import Url, UrlError, parse_url

LOOPBACK_ADDRESSES = ("127.0.0.1", "::1")
"""What ``localhost`` and the names below it stand for (RFC 6761 §6.3); no name server is asked."""

_MAX_JUDGED = 4096


class Rule(Enum):
    """The rules of a URL; those of addresses are `Verdict`."""

    URL = "not a URL that is called"
    SCHEME = "http, which anyone on the way can read"
    PORT = "a port at which something else than HTTP listens"


class Refused(Exception):
    """The policy refuses a destination; ``rule`` is which rule, and the message is for the log alone."""

    def __init__(self, rule: Rule | Verdict, what: str) -> None:
        super().__init__(f"{rule.name}: {what}")
        self.rule = rule


class Destination(NamedTuple):
    """Where a URL leads. ``url`` is what is called: where ``mapped_from`` names a host, at another origin."""

    url: Url
    mapped_from: str | None = None


@dataclass(frozen=True)
class EgressPolicy:
    """The operator's settings.

    ``allow_insecure`` admits http, loopback addresses, and ``host_map`` targets in private networks;
    ``allowed_private_networks`` admits addresses in them. Link-local and metadata addresses are admitted by nothing.
    ``host_map`` maps a host name, or ``host:port``, to the origin that is called in its place.
    """

    allow_insecure: bool = False
    allowed_private_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    host_map: Mapping[str, str] = field(default_factory=dict)
    _targets: Mapping[str, Url] = field(init=False, repr=False, compare=False)
    _judged: dict[tuple[str, bool], Verdict] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        targets = {key.lower(): _origin(key, target) for key, target in self.host_map.items()}
        object.__setattr__(self, "_targets", targets)

    def destination(self, url: Url) -> Destination:
        """Return where a request for ``url`` goes; raise `Refused` where its scheme, port or literal address forbids.

        The addresses behind a host name are judged one by one by `check_address`.
        """
        found = self._mapped(url)
        self._check_scheme_and_port(found.url)
        if is_literal_address(found.url.host):
            self.check_address(found.url.host, found)
        return found

    def check_address(self, address: str, destination: Destination) -> None:
        """Raise `Refused` where ``destination`` may not be reached at ``address``."""
        found = self.judge(address, mapped=destination.mapped_from is not None)
        if found is not Verdict.PUBLIC:
            raise Refused(found, f"{destination.url.host} leads to {address}, {found.reason}")

    def judge(self, address: str, *, mapped: bool = False) -> Verdict:
        """Return `PUBLIC` where ``address`` is public or admitted by these settings, else what it is.

        What is no address in its plain form is `UNREADABLE`. A verdict is remembered: every request asks twice.
        """
        found = self._judged.get((address, mapped))
        if found is None:
            if len(self._judged) >= _MAX_JUDGED:
                self._judged.clear()
            found = self._judged[address, mapped] = self._judge(address, mapped)
        return found

    def _judge(self, text: str, mapped: bool) -> Verdict:
        try:
            address = ip_address(text)
        except ValueError:
            return Verdict.UNREADABLE
        found = verdict(address)
        return Verdict.PUBLIC if found in ADMISSIBLE and self._admits(plain(address), found, mapped) else found

    def _admits(self, address: Address, found: Verdict, mapped: bool) -> bool:
        if self.allow_insecure and (mapped or found is Verdict.LOOPBACK):
            return True
        return any(
            address in network for network in self.allowed_private_networks if network.version == address.version
        )

    def _check_scheme_and_port(self, url: Url) -> None:
        if url.scheme != "https" and not self.allow_insecure:
            raise Refused(Rule.SCHEME, f"{url.host} is called by {url.scheme}")
        if url.port in BAD_PORTS:
            raise Refused(Rule.PORT, f"{url.host} is called at port {url.port}")

    def _mapped(self, url: Url) -> Destination:
        if not self._targets:
            return Destination(url)
        for key in _keys(url):
            if (target := self._targets.get(key)) is not None:
                mapped = Url(target.scheme, target.host, target.port, url.path, url.query, target.origin)
                return Destination(mapped, mapped_from=key)
        return Destination(url)


def is_literal_address(host: str) -> bool:
    """Whether the host of a `Url` is an address; a name never ends in a number (`parse_url`)."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def is_loopback_name(host: str) -> bool:
    """Whether a name leads to the machine itself by its meaning (RFC 6761 §6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def _keys(url: Url) -> tuple[str, ...]:
    shown = f"[{url.host}]" if ":" in url.host else url.host
    with_port = f"{shown}:{url.port}"
    return (with_port, shown) if shown == url.host else (with_port, shown, url.host)


def _origin(key: str, target: str) -> Url:
    try:
        url = parse_url(target)
    except UrlError as error:
        raise ValueError(f"host_map: {key!r} is not mapped to an origin: {error}") from None
    if url.path not in ("", "/") or url.query:
        raise ValueError(f"host_map: {key!r} is mapped to a URL with a path; only http(s)://host[:port] is an origin")
    return url
