"""What the operator's settings admit, and what they never do."""

from ipaddress import ip_network

import pytest

from unit.widget_service.egress.vectors import cases
from widget_service.egress.addresses import Verdict
from widget_service.egress.policy import EgressPolicy, Refused, Rule, is_literal_address, is_loopback_name
from widget_service.egress.ports import BAD_PORTS
from widget_service.egress.urls import parse_url

EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))
NEVER = [
    case["address"]
    for case in cases("addresses/refused.json")
    if case["verdict"] not in ("loopback", "private", "shared", "benchmarking")
]
ADMISSIBLE = [case for case in cases("addresses/refused.json") if case["address"] not in NEVER]


def refusal(policy, url):
    with pytest.raises(Refused) as refused:
        policy.destination(parse_url(url))
    return refused.value.rule


@pytest.mark.parametrize("mapped", [False, True])
def test_no_setting_admits(mapped):
    policy = EgressPolicy(allow_insecure=True, allowed_private_networks=EVERYTHING)
    assert [address for address in NEVER if policy.judge(address, mapped=mapped) is Verdict.PUBLIC] == []


@pytest.mark.parametrize("case", ADMISSIBLE, ids=lambda case: case["address"])
class TestAdmissible:
    def test_refused_under_the_settings_of_production(self, case):
        assert EgressPolicy().judge(case["address"]) is Verdict[case["verdict"].upper()]

    def test_insecure_upstreams_admit_loopback_alone(self, case):
        is_loopback = case["verdict"] == "loopback"
        assert (EgressPolicy(allow_insecure=True).judge(case["address"]) is Verdict.PUBLIC) is is_loopback

    def test_a_mapped_target_is_the_operators_word_with_insecure_upstreams_only(self, case):
        assert EgressPolicy(allow_insecure=True).judge(case["address"], mapped=True) is Verdict.PUBLIC
        assert EgressPolicy().judge(case["address"], mapped=True) is not Verdict.PUBLIC

    def test_its_network_admits_it(self, case):
        policy = EgressPolicy(allowed_private_networks=EVERYTHING)
        assert policy.judge(case["address"]) is Verdict.PUBLIC


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("10.1.0.0/16", ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3"], ["10.0.255.255", "10.2.0.0", "127.0.0.1"]),
        ("127.0.0.0/8", ["127.0.0.1"], ["::1", "10.0.0.1"]),
        ("fd12::/16", ["fd12::1"], ["fd13::1", "fd12::5efe:10.0.0.1", "::1"]),
        ("169.254.0.0/16", [], ["169.254.169.254"]),
        ("100.64.0.0/10", ["100.64.0.1"], ["100.100.100.200"]),
        ("fd00::/8", ["fd00::1"], ["fd00:ec2::254"]),
        ("64:ff9b::/96", ["64:ff9b::8.8.8.8"], ["64:ff9b::10.0.0.1"]),
    ],
)
def test_allowed_private_networks(network, inside, outside):
    policy = EgressPolicy(allowed_private_networks=(ip_network(network),))
    assert all(policy.judge(address) is Verdict.PUBLIC for address in inside)
    assert not any(policy.judge(address) is Verdict.PUBLIC for address in outside)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://example.com/", Rule.SCHEME),
        ("http://127.0.0.1/", Rule.SCHEME),
        ("https://127.0.0.1/", Verdict.LOOPBACK),
        ("https://[::1]/", Verdict.LOOPBACK),
        ("https://[::ffff:10.0.0.1]/", Verdict.PRIVATE),
        ("https://169.254.169.254/", Verdict.LINK_LOCAL),
        ("https://example.com:25/", Rule.PORT),
    ],
)
def test_refused_before_anything_is_looked_up(url, rule):
    assert refusal(EgressPolicy(), url) is rule


def test_ports_of_other_protocols_are_refused_whatever_the_settings():
    for port in BAD_PORTS:
        policy = EgressPolicy(allow_insecure=True, host_map={"a.example": f"http://127.0.0.1:{port}"})
        assert refusal(policy, f"https://example.com:{port}/") is Rule.PORT
        assert refusal(policy, "https://a.example/") is Rule.PORT


@pytest.mark.parametrize("port", [80, 443, 3000, 5000, 8000, 8080, 8443, 9000, 9200, 65535])
def test_ports_of_http_servers_are_admitted(port):
    url = parse_url(f"https://example.com:{port}/")
    assert EgressPolicy().destination(url).url == url


MAP = {
    "API.example.com": "http://127.0.0.1:9000",
    "b.example:8443": "http://[::1]:9001/",
    "[2606:4700::1]": "https://c.example",
}


@pytest.mark.parametrize(
    ("url", "called", "mapped_from"),
    [
        ("https://api.example.com/v1?x=1", "http://127.0.0.1:9000/v1?x=1", "api.example.com"),
        ("https://Api.Example.Com:444/v1", "http://127.0.0.1:9000/v1", "api.example.com"),
        ("https://b.example:8443/", "http://[::1]:9001/", "b.example:8443"),
        ("https://b.example/", "https://b.example/", None),
        ("https://[2606:4700::1]/x", "https://c.example/x", "[2606:4700::1]"),
        ("https://sub.api.example.com/", "https://sub.api.example.com/", None),
    ],
)
def test_mapped_hosts(url, called, mapped_from):
    destination = EgressPolicy(allow_insecure=True, host_map=MAP).destination(parse_url(url))
    assert destination.url == parse_url(called)
    assert destination.mapped_from == mapped_from


def test_a_mapped_host_is_not_admitted_to_http_and_loopback_without_insecure_upstreams():
    assert refusal(EgressPolicy(host_map=MAP), "https://api.example.com/") is Rule.SCHEME
    local = EgressPolicy(host_map={"a.example": "https://127.0.0.1"})
    assert refusal(local, "https://a.example/") is Verdict.LOOPBACK


@pytest.mark.parametrize("target", ["http://169.254.169.254", "http://[fe80::1]", "http://[fd00:ec2::254]"])
def test_a_mapped_host_never_leads_to_keys(target):
    policy = EgressPolicy(True, EVERYTHING, {"a.example": target})
    assert refusal(policy, "https://a.example/") in (Verdict.LINK_LOCAL, Verdict.METADATA)


@pytest.mark.parametrize("target", ["127.0.0.1:9000", "http://127.0.0.1/path", "http://127.0.0.1?x", "ftp://a", ""])
def test_a_map_to_what_is_no_origin_is_a_mistake_of_the_operator(target):
    with pytest.raises(ValueError, match=r"host_map: 'a\.example'"):
        EgressPolicy(host_map={"a.example": target})


@pytest.mark.parametrize("text", ["", "x", "127.1", "1.2.3.4.", "example.com", "::1::"])
def test_what_is_no_address_is_refused(text):
    assert EgressPolicy(True, EVERYTHING).judge(text, mapped=True) is Verdict.UNREADABLE


def test_the_memory_of_verdicts_is_bounded():
    policy = EgressPolicy()
    for number in range(10_000):
        policy.judge(f"10.0.{number >> 8}.{number & 255}")
    assert len(policy._judged) <= 4096


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("a.b.localhost", True),
        ("notlocalhost", False),
        ("localhost.a", False),
    ],
)
def test_loopback_names(host, is_loopback):
    assert is_loopback_name(host) is is_loopback


@pytest.mark.parametrize(
    ("host", "literal"),
    [("127.0.0.1", True), ("::1", True), ("a.example", False), ("1a", False), ("127.0.0.1.a", False)],
)
def test_literal_addresses(host, literal):
    assert is_literal_address(host) is literal
