"""The provider by which admins log in: its metadata and keys, and what it gives for a code."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry, extract_compact

from widget_service.authentication.tokens.endpoint import basic_authorization
from widget_service.egress import EgressPolicy, UpstreamClient, UpstreamRequest
from widget_service.errors import ServiceError
from widget_service.identity.openid import (
    Attempt,
    Identity,
    NotBelieved,
    ProviderMetadata,
    identity_of,
    parse_object,
    verify_id_token,
)
from widget_service.settings import Settings

MAX_ANSWER_BYTES: Final = 256 * 1024
KEPT_S: Final = 3600
_ASKED_AGAIN_S: Final = 60
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
_JSON: Final = ("Accept", "application/json")
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


class ProviderUnreachable(Exception):
    """The provider cannot be reached, or does not answer as one; the message may be shown."""


class Provider:
    """One provider. Metadata and keys are kept for an hour; keys are asked for again where one is not known."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        assert settings.oidc_issuer is not None
        assert settings.oidc_client_id is not None
        self._settings, self._clock = settings, clock
        self._issuer, self._client_id = settings.oidc_issuer, settings.oidc_client_id
        self._client: UpstreamClient | None = None
        self._metadata: tuple[float, ProviderMetadata] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._asking = asyncio.Lock()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def authorization_url(self, attempt: Attempt, redirect_uri: str) -> str:
        """Return where a browser is sent to log in."""
        scope = self._settings.oidc_scopes
        metadata = await self._read_metadata()
        return attempt.authorization_url(metadata, client_id=self._client_id, redirect_uri=redirect_uri, scope=scope)

    async def identity(self, attempt: Attempt, query: Mapping[str, str], redirect_uri: str) -> Identity:
        """Return who came back with ``query``; raise `NotBelieved` or `ProviderUnreachable`."""
        metadata = await self._read_metadata()
        if query.get("iss", metadata.issuer) != metadata.issuer:
            raise NotBelieved("The answer is of another provider (RFC 9207).")
        if "error" in query or "code" not in query:
            raise NotBelieved("The provider did not log you in. Try again, or ask who runs it.")
        answer = await self._tokens(metadata, query["code"], attempt.verifier, redirect_uri)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise NotBelieved("The provider gave no ID token; is openid among OIDC_SCOPES?")
        claims = verify_id_token(
            id_token,
            await self._keys_for(metadata, id_token),
            metadata,
            client_id=self._client_id,
            nonce=attempt.nonce,
            access_token=access_token,
            now=self._clock(),
        )
        return identity_of(claims, await self._userinfo(metadata, access_token), metadata)

    async def _tokens(self, metadata: ProviderMetadata, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = [_JSON, _FORM]
        secret = self._settings.oidc_client_secret
        if secret is not None and metadata.takes_basic:
            headers.append(("Authorization", basic_authorization((self._client_id, secret.get_secret_value()))))
        else:
            form["client_id"] = self._client_id
            if secret is not None:
                form["client_secret"] = secret.get_secret_value()
        body = await self._ask("POST", metadata.token_endpoint, headers, urlencode(form).encode())
        return parse_object(body, "The provider's answer")

    async def _userinfo(self, metadata: ProviderMetadata, access_token: str) -> dict[str, Any]:
        if metadata.userinfo_endpoint is None:
            return {}
        headers = [_JSON, ("Authorization", f"Bearer {access_token}")]
        return parse_object(await self._ask("GET", metadata.userinfo_endpoint, headers), "The provider's user info")

    async def _read_metadata(self) -> ProviderMetadata:
        async with self._asking:
            if self._metadata is None or self._metadata[0] + KEPT_S <= self._clock():
                body = await self._ask("GET", self._issuer.rstrip("/") + _WELL_KNOWN, [_JSON])
                self._metadata = self._clock(), ProviderMetadata.read(body, self._issuer)
            return self._metadata[1]

    async def _keys_for(self, metadata: ProviderMetadata, token: str) -> KeySet:
        """Return the published keys, asked for again where the token names one that is not among them."""
        async with self._asking:
            age = self._clock() - self._keys[0] if self._keys is not None else KEPT_S
            if self._keys is None or age >= KEPT_S or (age >= _ASKED_AGAIN_S and not _has_key(self._keys[1], token)):
                body = parse_object(await self._ask("GET", metadata.jwks_uri, [_JSON]), "The provider's keys")
                try:
                    self._keys = self._clock(), KeySet.import_key_set({"keys": _signing_keys(body)})
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise NotBelieved("The provider's keys cannot be read.") from error
            return self._keys[1]

    async def _ask(self, method: str, url: str, headers: list[tuple[str, str]], body: bytes | None = None) -> bytes:
        if self._client is None:
            self._client = UpstreamClient(_policy(self._settings))
        request = UpstreamRequest(
            method, url, headers=headers, body=body, sensitive_headers=frozenset({"authorization"})
        )
        try:
            response = await self._client.send(request)
            answer = await response.read(MAX_ANSWER_BYTES)
        except ServiceError as error:
            raise ProviderUnreachable(f"The provider cannot be asked. {error.detail}") from None
        if response.status != 200:
            raise ProviderUnreachable(f"The provider answered {response.status} at {url.partition('?')[0]}.")
        return answer


def _policy(settings: Settings) -> EgressPolicy:
    return EgressPolicy(
        allow_insecure=settings.allow_insecure_upstreams, allowed_private_networks=settings.allowed_private_networks
    )


def _signing_keys(body: Mapping[str, Any]) -> list[Any]:
    keys = body.get("keys")
    return [key for key in keys if key.get("kty") != "oct" and key.get("use", "sig") == "sig"] if keys else []


def _has_key(keys: KeySet, token: str) -> bool:
    try:
        kid = extract_compact(token.encode(), registry=JWSRegistry()).headers().get("kid")
    except (JoseError, ValueError):
        return True
    return kid is None or any(key.kid == kid for key in keys.keys)
