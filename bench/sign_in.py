"""``python -m bench.sign_in``: what signing in costs a call in this process: preparing, signing, looking a token up."""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from widget_service.authentication.base import Authenticator
from widget_service.authentication.build import build_authenticator
from widget_service.authentication.grant import TokenGrant, TokenRequest
from widget_service.authentication.tokens.answer import Answer
from widget_service.authentication.tokens.fetching import Fetcher
from widget_service.authentication.tokens.service import Tokens
from widget_service.connectors.definition import Authentication
from widget_service.templating import RenderContext

_SECRET = "{{ get_secret('key') }}"
_CLAIMS = {"iss": "widgets", "sub": "{{ user.id }}", "iat": "{{ now() }}", "exp": "{{ now(60) }}"}
_SLICES = 5

Step = Callable[[], Awaitable[object]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the microseconds of each step, the best of a few slices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each step")
    seconds = parser.parse_args(arguments).seconds
    for name, microseconds in asyncio.run(_measured(seconds)).items():
        print(f"{name:<44}{microseconds:10.1f} µs")


async def _measured(seconds: float) -> dict[str, float]:
    steps = {"prepare api_key": _prepared("api_key", {"key": "X-Key", "value": _SECRET, "in": "header"}, "k")}
    for algorithm, key in _keys().items():
        config = {"private_key": _SECRET, "algorithm": algorithm, "claims": _CLAIMS}
        steps[f"prepare jwt {algorithm}"] = _prepared("jwt", config, key)
    oauth = {"client_id": "me", "client_secret": _SECRET, "token_url": "https://auth.example.com/token", "scope": "a b"}
    steps["prepare oauth_client_credentials"] = _prepared("oauth_client_credentials", oauth, "k")
    steps["prepare oauth_client_credentials and look up"] = _looked_up(oauth)
    return {name: await best_of(step, seconds) for name, step in steps.items()}


def _prepared(type_: str, config: dict[str, Any], key: str) -> Step:
    authenticator = _authenticator(type_, config)

    async def prepare() -> object:
        return authenticator.prepare(_context(key))

    return prepare


def _looked_up(config: dict[str, Any]) -> Step:
    authenticator = _authenticator("oauth_client_credentials", config)

    async def answer(_: TokenRequest) -> Answer:
        return Answer(200, {}, json.dumps({"access_token": "t", "expires_in": 86_400}).encode())

    tokens = Tokens(Fetcher(answer))
    until = asyncio.get_running_loop().time() + 3600

    async def look_up() -> object:
        grant = authenticator.prepare(_context("k"))
        assert isinstance(grant, TokenGrant)
        return await tokens.obtain(grant, until=until)

    return look_up


def _authenticator(type_: str, config: dict[str, Any]) -> Authenticator:
    authenticator = build_authenticator(Authentication(type=type_, config=config))
    assert authenticator is not None
    return authenticator


def _context(key: str) -> RenderContext:
    return RenderContext(user={"id": "u-1"}, tenant_id="default", get_secret={"key": key}.__getitem__)


def _keys() -> dict[str, str]:
    made: dict[str, Any] = {
        "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    }
    pems = {
        name: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for name, key in made.items()
    }
    return {"HS256": "a-shared-secret-of-more-than-32-characters", **pems}


async def best_of(step: Step, seconds: float) -> float:
    """Return the microseconds of one step in the best slice: what disturbs a slice only ever adds to it."""
    await step()
    best = float("inf")
    for _ in range(_SLICES):
        count, started = 0, time.perf_counter()
        while (taken := time.perf_counter() - started) < seconds / _SLICES:
            await step()
            count += 1
        best = min(best, taken / max(count, 1))
    return best * 1e6


if __name__ == "__main__":
    main()
