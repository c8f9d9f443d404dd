"""Certificates are verified, for the name that was asked for, at the address that was checked."""

import asyncio

import pytest

from unit.widget_service.egress.authority import Authority
from unit.widget_service.egress.scripted import OK, answering, client_of, fetch, scripted
from widget_service.egress import EgressPolicy
from widget_service.egress.trust import system_ca_file
from widget_service.errors import UpstreamError

NAMES = {"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"]}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


async def test_a_right_certificate_for_a_name_and_for_an_address(authority):
    context = authority.server("a.example", "127.0.0.1")
    async with (
        scripted(answering(OK), tls=context) as server,
        client_of(names=NAMES, ca_file=authority.ca_file) as client,
    ):
        assert (await fetch(client, f"https://a.example:{server.port}/"))[1] == b"ok"
        assert (await fetch(client, server.origin))[1] == b"ok"
    assert f"Host: a.example:{server.port}".encode() in server.requests[0]


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (["a.example"], {"days": -1}),
        (["a.example"], {"self_signed": True}),
        (["other.example"], {}),
        (["sub.a.example"], {}),
        (["127.0.0.1"], {}),
    ],
    ids=["expired", "self-signed", "wrong name", "name below", "address in place of the name"],
)
async def test_a_wrong_certificate(authority, names, options):
    context = authority.server(*names, **options)
    async with (
        scripted(answering(OK), tls=context) as server,
        client_of(names=NAMES, ca_file=authority.ca_file) as client,
    ):
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, f"https://a.example:{server.port}/", headers=[("X-Key", "k3y")])
    assert raised.value.code == "UPSTREAM_TLS_ERROR"
    assert server.requests == []


async def test_an_authority_that_the_system_does_not_know(authority):
    async with scripted(answering(OK), tls=authority.server("a.example")) as server, client_of(names=NAMES) as client:
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, f"https://a.example:{server.port}/")
    assert raised.value.code == "UPSTREAM_TLS_ERROR"


async def test_plain_text_on_a_port_for_tls(authority):
    async def talk(connection):
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await connection.gone()

    async with scripted(talk) as server, client_of(names=NAMES, ca_file=authority.ca_file) as client:
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, f"https://a.example:{server.port}/")
    assert raised.value.code == "UPSTREAM_TLS_ERROR"


async def test_a_handshake_that_never_comes(authority):
    async def talk(connection):
        await connection.gone()

    async with scripted(talk) as server, client_of(names=NAMES, ca_file=authority.ca_file) as client:
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, f"https://a.example:{server.port}/", connect_timeout_s=0.3)
    assert raised.value.code == "UPSTREAM_TIMEOUT"


async def test_a_connection_for_one_name_is_not_used_for_another_with_the_same_certificate(authority):
    context = authority.server("a.example", "b.example")
    async with (
        scripted(answering(OK), tls=context) as server,
        client_of(names=NAMES, ca_file=authority.ca_file) as client,
    ):
        for name in ("a", "a", "b", "b", "a"):
            await fetch(client, f"https://{name}.example:{server.port}/")
    assert len(server.connections) == 2


async def test_a_mapped_target_is_verified_by_its_own_name(authority):
    async with scripted(answering(OK), tls=authority.server("127.0.0.1")) as server:
        policy = EgressPolicy(allow_insecure=True, host_map={"a.example": server.origin})
        async with client_of(policy, ca_file=authority.ca_file) as client:
            assert (await fetch(client, "https://a.example/"))[1] == b"ok"


async def test_a_body_that_tls_cuts_off_is_not_complete(authority):
    async def talk(connection):
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await asyncio.sleep(0)
        connection.reset()  # without the close_notify that would end such a body (RFC 9112 §9.8)

    async with (
        scripted(talk, tls=authority.server("a.example")) as server,
        client_of(names=NAMES, ca_file=authority.ca_file) as client,
    ):
        with pytest.raises(UpstreamError):
            await fetch(client, f"https://a.example:{server.port}/")


def test_the_environments_authorities_come_first(monkeypatch, authority):
    monkeypatch.setenv("SSL_CERT_FILE", authority.ca_file)
    assert system_ca_file() == authority.ca_file
    monkeypatch.setenv("SSL_CERT_FILE", authority.ca_file + ".missing")
    assert system_ca_file() != authority.ca_file
