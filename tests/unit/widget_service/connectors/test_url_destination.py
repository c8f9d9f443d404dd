"""Where the literal text of a URL leads is judged on save by the table that judges it at execution."""

from ipaddress import ip_network

import pytest

from unit.widget_service.egress.vectors import cases
from widget_service.connectors.rules import Rules
from widget_service.connectors.url_destination import check_destination

PRODUCTION = Rules()
DEVELOPMENT = Rules(allow_insecure=True)
TEN = Rules(allowed_private_networks=(ip_network("10.0.0.0/8"),))


def codes(origin, rules=PRODUCTION):
    return [finding.code for finding in check_destination(origin, rules)]


@pytest.mark.parametrize(
    ("origin", "production", "development", "ten"),
    [
        (None, [], [], []),
        ("https://api.example.com", [], [], []),
        ("https://api.example.com:8443", [], [], []),
        ("https://93.184.216.34", [], [], []),
        ("http://api.example.com", ["url_not_https"], [], ["url_not_https"]),
        ("https://localhost", ["url_private"], [], ["url_private"]),
        ("https://LOCALHOST:8443", ["url_private"], [], ["url_private"]),
        ("https://a.localhost", ["url_private"], [], ["url_private"]),
        ("https://localhost.example", [], [], []),
        ("https://127.0.0.1", ["url_private"], [], ["url_private"]),
        ("http://[::1]:3000", ["url_not_https", "url_private"], [], ["url_not_https", "url_private"]),
        ("https://10.1.2.3", ["url_private"], ["url_private"], []),
        ("https://[::ffff:10.1.2.3]", ["url_private"], ["url_private"], []),
        ("https://192.168.1.1", ["url_private"], ["url_private"], ["url_private"]),
        ("https://169.254.169.254", ["url_private"], ["url_private"], ["url_private"]),
        ("https://api.example.com:25", ["url_port"], ["url_port"], ["url_port"]),
        ("https://127.1", ["url_invalid"], ["url_invalid"], ["url_invalid"]),
        ("https://localhost.", ["url_invalid"], ["url_invalid"], ["url_invalid"]),
        ("https://exa mple.com", ["url_invalid"], ["url_invalid"], ["url_invalid"]),
        ("", ["url_invalid"], ["url_invalid"], ["url_invalid"]),
    ],
)
def test_destination(origin, production, development, ten):
    assert codes(origin) == production
    assert codes(origin, DEVELOPMENT) == development
    assert codes(origin, TEN) == ten


@pytest.mark.parametrize(
    ("origin", "message", "expected"),
    [
        ("https://127.0.0.1", "127.0.0.1", "allow_insecure_upstreams"),
        ("https://localhost", "the machine itself", "allow_insecure_upstreams"),
        ("https://10.0.0.1", "a private address", "allowed_private_networks"),
        ("https://169.254.169.254", "a link-local address", "no setting"),
        ("https://168.63.129.16", "clouds hand out their keys", "no setting"),
        ("https://api.example.com:22", "port 22", "443"),
        ("https://0x7f.1", "ends in a number", "https://api.example.com"),
    ],
)
def test_what_is_wrong_and_what_would_be_right(origin, message, expected):
    (finding,) = check_destination(origin, PRODUCTION)
    assert message in finding.message
    assert expected in finding.expected
    assert finding.severity == "error"


@pytest.mark.parametrize("case", cases("addresses/refused.json"), ids=lambda case: ascii(case["address"]))
def test_no_refused_address_can_be_saved(case):
    address = case["address"]
    assert codes(f"https://[{address}]" if ":" in address else f"https://{address}") or address == "example.com"


@pytest.mark.parametrize("case", cases("addresses/admitted.json"), ids=lambda case: case["address"])
def test_every_public_address_can(case):
    address = case["address"]
    assert codes(f"https://[{address}]" if ":" in address else f"https://{address}") == []


@pytest.mark.parametrize("case", cases("urls/refused.json"), ids=lambda case: ascii(case["url"]))
def test_no_refused_url_can_be_saved(case):
    assert codes(case["url"], DEVELOPMENT)[:1] == ["url_invalid"]
