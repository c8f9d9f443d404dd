"""Signing in against a real authorization server: every grant, every way of the client, rotation included."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, OKPKey, RSAKey

from support.authorization_server import ISSUER, AuthorizationServerOfTests, Client
from support.executing import executor

SECRET = "s3cret: with a space, ü and &=+%"
KEYS = {
    "RS256": (rsa.generate_private_key(public_exponent=65537, key_size=2048), RSAKey),
    "ES256": (ec.generate_private_key(ec.SECP256R1()), ECKey),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPKey),
}
PEMS = {
    name: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for name, (key, _) in KEYS.items()
}


@pytest.fixture
def server(upstream):
    clients = [Client("by-body", SECRET), Client("by-basic", SECRET, "client_secret_basic")]
    clients += [Client(f"by-{name}", key=kind.import_key(key), algorithm=name) for name, (key, kind) in KEYS.items()]
    return AuthorizationServerOfTests(upstream, clients)


def connector(upstream, type_, permalink="one", **config):
    config = {"token_url": f"{upstream.origin}/token", **config}
    return {
        "name": permalink,
        "permalink": permalink,
        "url": f"{upstream.origin}/api",
        "authentication": {"type": type_, "config": config},
    }


def asked(upstream) -> int:
    return sum(received.path == "/token" for received in upstream.received)


@pytest.mark.parametrize("style", ["body", "basic"])
async def test_client_credentials(server, upstream, style):
    config = {"client_id": f"by-{style}", "client_secret": "{{ get_secret('secret') }}", "auth_style": style}
    connectors = [
        connector(upstream, "oauth_client_credentials", "one", scope="read", **config),
        connector(upstream, "oauth_client_credentials", "two", scope="write", **config),
        connector(upstream, "oauth_client_credentials", "bad", scope="all", **config),
    ]
    async with executor(connectors, secrets={"secret": SECRET}) as running:
        for _ in range(3):
            for permalink, scope in (("one", "read"), ("two", "write")):
                _, answer = await running.execute(permalink)
                assert json.loads(answer.body) == {"client": f"by-{style}", "sub": "", "scope": scope}
        assert asked(upstream) == 2
        _, answer = await running.execute("bad")
    error = json.loads(answer.body)["errors"]
    assert (answer.status, error["code"], error["scope"]) == (502, "OAUTH_TOKEN_ERROR", "Authentication (OAuth token)")
    assert "invalid_scope" in error["detail"]


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # of verifying EdDSA, in the server
@pytest.mark.parametrize("algorithm", KEYS)
async def test_jwt_bearer(server, upstream, algorithm):
    def bearer(permalink, subject):
        return connector(
            upstream,
            "oauth_jwt_bearer",
            permalink,
            client_id=f"by-{algorithm}",
            private_key="{{ get_secret('key') }}",
            algorithm=algorithm,
            subject=subject,
            audience=f"{ISSUER}/token",
            jwt_headers={"kid": "k1"},
            additional_claims={"jti": "{{ now() }}"},
        )

    connectors = [bearer("one", "{{ user.email }}"), bearer("bad", "stranger")]
    async with executor(connectors, secrets={"key": PEMS[algorithm].replace("\n", "\\n")}) as running:
        for _ in range(3):
            _, answer = await running.execute()
            assert json.loads(answer.body)["sub"] == "a@example.com"
        assert asked(upstream) == 1
        _, answer = await running.execute("bad")
    assert (
        "invalid_client (Client has no permission to access user data)" in json.loads(answer.body)["errors"]["detail"]
    )


@pytest.mark.parametrize("style", ["body", "basic"])
async def test_refresh_with_rotation(server, upstream, style):
    refresh = connector(
        upstream,
        "oauth_refresh_token",
        client_id=f"by-{style}",
        client_secret="{{ get_secret('secret') }}",
        auth_style=style,
        refresh_token="{{ get_secret('refresh') }}",
    )
    secrets = {"secret": SECRET, "refresh": server.consent(f"by-{style}", "anna")}
    async with executor([refresh], secrets=secrets) as running:
        for round_ in range(1, 4):
            _, answer = await running.execute()
            assert json.loads(answer.body) == {"client": f"by-{style}", "sub": "anna", "scope": "read"}
            assert asked(upstream) == round_
            for token in server.issued:  # what the server takes back is asked for anew
                token.access_token = "-"


async def test_a_token_that_the_server_takes_back_is_replaced(server, upstream):
    config = {"client_id": "by-body", "client_secret": "{{ get_secret('secret') }}"}
    async with executor(
        [connector(upstream, "oauth_client_credentials", **config)], secrets={"secret": SECRET}
    ) as running:
        await running.execute()
        server.issued.clear()
        execution, answer = await running.execute()
    assert answer.status == 200
    assert [step.what for step in execution.sign_in] == ["cached", "refused", "fetched"]
    assert [received.path for received in upstream.received] == ["/token", "/api", "/api", "/token", "/api"]
