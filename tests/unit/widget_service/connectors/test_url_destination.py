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


def test_a_loopback_name_is_admitted_with_all_that_it_stands_for():
    networks = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert codes("https://localhost", Rules(allowed_private_networks=networks[:1])) == ["url_private"]
    assert codes("https://localhost", Rules(allowed_private_networks=networks)) == []


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


def origin_of(address):
    return f"https://[{address}]" if ":" in address else f"https://{address}"


def test_no_refused_address_can_be_saved():
    addresses = [case["address"] for case in cases("addresses/refused.json")]
    assert [address for address in addresses if not codes(origin_of(address))] == ["example.com"]  # a name


def test_every_public_address_can():
    addresses = [case["address"] for case in cases("addresses/admitted.json")]
    assert [address for address in addresses if codes(origin_of(address))] == []


def test_no_refused_url_can_be_saved():
    urls = [case["url"] for case in cases("urls/refused.json")]
    assert [url for url in urls if codes(url, DEVELOPMENT) != ["url_invalid"]] == []
