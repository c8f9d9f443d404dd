"""The table of address ranges, on both sides of every edge."""

from ipaddress import ip_address

import pytest

from unit.widget_service.egress.vectors import cases
from widget_service.egress.addresses import ADMISSIBLE, TABLE, Verdict, plain, verdict
from widget_service.egress.policy import EgressPolicy

VECTORS = cases("addresses/refused.json") + cases("addresses/admitted.json")


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: ascii(case["address"]))
def test_vector(case):
    found = EgressPolicy().judge(case["address"])
    assert found is Verdict[case["verdict"].upper()]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.network))
def test_both_ends_of_a_row_have_its_verdict_or_an_earlier_rows(row):
    earlier = [other.network for other in TABLE[: TABLE.index(row)] if other.network.version == row.network.version]
    for end in (row.network[0], row.network[-1]):
        if not any(end in network for network in earlier) and not _embeds(end):
            assert verdict(end) is row.verdict, end


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.network))
def test_what_lies_next_to_a_row_is_judged_by_the_row_that_holds_it(row):
    for neighbour in _neighbours(row.network):
        if not _embeds(neighbour):
            expected = next(other.verdict for other in TABLE if neighbour in other.network)
            assert verdict(neighbour) is expected, neighbour


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.network))
def test_every_row_can_be_reached_and_names_its_source(row):
    earlier = [other.network for other in TABLE[: TABLE.index(row)] if other.network.version == row.network.version]
    assert not any(row.network.subnet_of(network) for network in earlier)
    assert row.source


@pytest.mark.parametrize("address", ["8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254", "224.0.0.1"])
def test_a_mapped_address_is_the_ipv4_address(address):
    mapped = ip_address(f"::ffff:{address}")
    assert plain(mapped) == ip_address(address)
    assert verdict(mapped) is verdict(ip_address(address))


def test_nothing_that_hides_an_address_can_be_admitted():
    hidden = [ip_address(case["address"]) for case in VECTORS if case["verdict"] == "transition"]
    assert hidden
    assert not any(verdict(address) in ADMISSIBLE for address in hidden)


def _neighbours(network):
    return [
        type(network[0])(number)
        for number in (int(network[0]) - 1, int(network[-1]) + 1)
        if 0 <= number < 2**network.max_prefixlen
    ]


def _embeds(address):
    """Whether another rule than the table decides: mapped, NAT64 and ISATAP addresses are judged by what they hold."""
    return address.version == 6 and (
        int(address) >> 32 in (0xFFFF, 0x64FF9B << 64) or (int(address) >> 32) & 0xFFFFFFFF in (0x5EFE, 0x0200_5EFE)
    )
