"""Forwarding headers count from trusted proxies alone, from right to left, and only where they can be read."""

from ipaddress import ip_network

import pytest

from widget_service.identity.proxies import TrustedProxies, network_of

PROXIES = TrustedProxies([ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"), ip_network("127.0.0.1/32")])
PEER = "10.0.0.1"


@pytest.mark.parametrize(
    ("peer", "headers", "address"),
    [
        (PEER, {}, PEER),
        (PEER, {"x-forwarded-for": "203.0.113.7"}, "203.0.113.7"),
        (PEER, {"x-forwarded-for": "1.1.1.1, 203.0.113.7"}, "203.0.113.7"),
        (PEER, {"x-forwarded-for": "203.0.113.7, 10.0.0.2"}, "203.0.113.7"),
        (PEER, {"x-forwarded-for": "1.1.1.1, 203.0.113.7,10.0.0.3 ,10.0.0.2"}, "203.0.113.7"),
        (PEER, {"x-forwarded-for": "10.0.0.9"}, "10.0.0.9"),
        (PEER, {"x-forwarded-for": "203.0.113.7:4711"}, "203.0.113.7"),
        (PEER, {"x-forwarded-for": "[2001:4860::1]:443"}, "2001:4860::1"),
        (PEER, {"x-forwarded-for": "2001:4860::1"}, "2001:4860::1"),
        (PEER, {"x-forwarded-for": "::ffff:203.0.113.7"}, "203.0.113.7"),
        ("2001:db8::5", {"x-forwarded-for": "203.0.113.7"}, "203.0.113.7"),
        ("::ffff:10.0.0.1", {"x-forwarded-for": "203.0.113.7"}, "203.0.113.7"),
        # Whoever is not trusted says nothing.
        ("203.0.113.9", {"x-forwarded-for": "1.1.1.1"}, "203.0.113.9"),
        ("", {"x-forwarded-for": "1.1.1.1"}, ""),
        # What cannot be read ends the reading: the nearest that could be counts.
        (PEER, {"x-forwarded-for": ""}, PEER),
        (PEER, {"x-forwarded-for": "unknown"}, PEER),
        (PEER, {"x-forwarded-for": "1.1.1.1, garbage"}, PEER),
        (PEER, {"x-forwarded-for": "1.1.1.1, garbage, 10.0.0.2"}, "10.0.0.2"),
        (PEER, {"x-forwarded-for": "1.1.1.1,, 10.0.0.2"}, "10.0.0.2"),
        (PEER, {"x-forwarded-for": "fe80::1%eth0"}, PEER),
        (PEER, {"x-forwarded-for": "1.1.1.1:port"}, PEER),
        (PEER, {"x-forwarded-for": "[::1"}, "::1"),
        (PEER, {"x-forwarded-for": "0177.0.0.1"}, PEER),
        (PEER, {"x-forwarded-for": "203.0.113.7, " + "10.0.0.2, " * 40}, PEER),
        (PEER, {"forwarded": "for=203.0.113.7"}, "203.0.113.7"),
        (PEER, {"forwarded": 'For="[2001:4860::1]:4711";proto=https;by=10.0.0.1'}, "2001:4860::1"),
        (PEER, {"forwarded": "for=1.1.1.1, for=203.0.113.7;proto=http, for=10.0.0.2"}, "203.0.113.7"),
        (PEER, {"forwarded": "for=_hidden"}, PEER),
        (PEER, {"forwarded": "proto=https"}, PEER),
        (PEER, {"forwarded": "for=1.1.1.1;for=2.2.2.2"}, PEER),
        (PEER, {"forwarded": "for=1.1.1.1;;"}, PEER),
        (PEER, {"forwarded": 'for="1.1.1.1'}, PEER),
        # Two kinds that say the same are believed, two that do not are not: one is the caller's own.
        (PEER, {"forwarded": "for=203.0.113.7", "x-forwarded-for": "203.0.113.7"}, "203.0.113.7"),
        (PEER, {"forwarded": "for=1.1.1.1", "x-forwarded-for": "203.0.113.7"}, PEER),
    ],
)
def test_the_caller_s_address(peer, headers, address):
    assert PROXIES.client_address(peer, headers) == address


def test_nobody_is_trusted_by_default():
    headers = {"x-forwarded-for": "1.1.1.1", "x-forwarded-proto": "https", "forwarded": "for=1.1.1.1;proto=https"}
    assert TrustedProxies().client_address("127.0.0.1", headers) == "127.0.0.1"
    assert TrustedProxies().scheme("127.0.0.1", headers, "http") == "http"


@pytest.mark.parametrize(
    ("peer", "headers", "scheme"),
    [
        (PEER, {"x-forwarded-proto": "https"}, "https"),
        (PEER, {"x-forwarded-proto": "HTTPS"}, "https"),
        (PEER, {"x-forwarded-proto": "http, https"}, "https"),
        (PEER, {"x-forwarded-proto": "javascript"}, "http"),
        (PEER, {"x-forwarded-proto": ""}, "http"),
        (PEER, {"forwarded": "for=1.1.1.1;proto=https"}, "https"),
        (PEER, {"forwarded": "proto=https", "x-forwarded-proto": "http"}, "http"),
        (PEER, {}, "http"),
        ("203.0.113.9", {"x-forwarded-proto": "https"}, "http"),
    ],
)
def test_the_scheme_that_the_caller_used(peer, headers, scheme):
    assert PROXIES.scheme(peer, headers, "http") == scheme


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_whose_calls_are_counted_together(address, network):
    assert network_of(address) == network
