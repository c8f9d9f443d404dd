"""Where a URL leads, as far as its text tells: to a public host, or to one that only settings admit."""

from collections.abc import Iterator

from widget_service.connectors.problems import Finding, shown
from widget_service.connectors.rules import Rules
from widget_service.egress.addresses import ADMISSIBLE, Verdict
from widget_service.egress.policy import LOOPBACK_ADDRESSES, EgressPolicy, is_literal_address, is_loopback_name
from widget_service.egress.ports import BAD_PORTS
from widget_service.egress.urls import Url, UrlError, parse_url

_PUBLIC_HOST = "https:// and the name of a public host, such as https://api.example.com"
_BY_SETTING = {
    Verdict.LOOPBACK: "; allow_insecure_upstreams admits it (on in development mode)",
    Verdict.PRIVATE: "; an operator admits its network by allowed_private_networks",
    Verdict.SHARED: "; an operator admits its network by allowed_private_networks",
    Verdict.BENCHMARKING: "; an operator admits its network by allowed_private_networks",
}


def check_destination(origin: str | None, rules: Rules) -> Iterator[Finding]:
    """Yield why no call would ever go to ``origin``, which may be unknown (None), under the same guard as a call.

    What a host name stands for is not asked here: it may change, and every execution judges it.
    """
    if origin is None:
        return
    try:
        url = parse_url(origin)
    except UrlError as error:
        yield _finding("url_invalid", f"cannot be called: {error}", _PUBLIC_HOST)
        return
    if url.scheme != "https" and not rules.allow_insecure:
        yield _finding("url_not_https", "is http, which anyone on the way can read", "https")
    if url.port in BAD_PORTS:
        message = f"leads to port {url.port}, at which something else than HTTP listens"
        yield _finding("url_port", message, "443, or another port of an HTTP server")
    yield from _check_host(url, rules)


def is_of_this_machine(origin: str | None) -> bool:
    """Whether ``origin`` leads to the machine itself, whatever a name server says."""
    try:
        host = parse_url(origin or "").host
    except UrlError:
        return False
    return any(EgressPolicy().judge(address) is Verdict.LOOPBACK for address in _known_addresses(host))


def _check_host(url: Url, rules: Rules) -> Iterator[Finding]:
    verdicts = map(_policy(rules).judge, _known_addresses(url.host))
    found = next((verdict for verdict in verdicts if verdict is not Verdict.PUBLIC), Verdict.PUBLIC)
    if found is not Verdict.PUBLIC:
        expected = _PUBLIC_HOST + (_BY_SETTING[found] if found in ADMISSIBLE else "; no setting admits such an address")
        yield _finding("url_private", f"leads to {shown(url.host)}, {found.reason}", expected)


def _known_addresses(host: str) -> tuple[str, ...]:
    """Return the addresses that a host has whatever a name server says."""
    if is_loopback_name(host):
        return LOOPBACK_ADDRESSES
    return (host,) if is_literal_address(host) else ()


def _policy(rules: Rules) -> EgressPolicy:
    return EgressPolicy(
        allow_insecure=rules.allow_insecure, allowed_private_networks=tuple(rules.allowed_private_networks)
    )


def _finding(code: str, message: str, expected: str) -> Finding:
    return Finding(code=code, message=message, expected=expected)
