"""Fetching a registry's file from a repository: every request through the guard, sizes and times bounded."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final

from widget_service.egress import UpstreamClient, UpstreamRequest
from widget_service.errors import ServiceError
from widget_service.registry.git.protocol import (
    ADVERTISEMENT,
    REQUEST,
    RESULT,
    NoGit,
    advertised_commit,
    fetch_request,
    pack_of,
)
from widget_service.registry.git.repository import GitRepository
from widget_service.registry.git.unpacking import CannotUnpack, unpacked

MAX_REFS_BYTES: Final = 8 * 1024 * 1024
MAX_PACK_BYTES: Final = 64 * 1024 * 1024
TIMEOUT_S: Final = 60.0
USER_OF_TOKENS: Final = "x-access-token"
"""Hosts that take a token as a password do not mind what the user is called."""


class CannotFetch(Exception):
    """The repository cannot be read; the message says why, and holds no credential."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A commit, and the registry's file in it; None where its folder has none."""

    commit: str
    raw: bytes | None = field(repr=False)


class GitFetcher:
    """Reads repositories. ``token`` is one that the host made, or ``USER:PASSWORD``."""

    def __init__(self, client: UpstreamClient) -> None:
        self._client = client

    async def fetch(self, repository: GitRepository, token: str | None, *, unless: str | None) -> Fetched | None:
        """Return what the branch holds, None where it is at the commit ``unless``; raise `CannotFetch`."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._fetch(repository, token, unless)
        except TimeoutError:
            raise CannotFetch(f"The repository could not be read within {TIMEOUT_S:g} s.") from None
        except ServiceError as error:
            raise CannotFetch(error.detail) from None
        except (NoGit, CannotUnpack) as error:
            raise CannotFetch(f"{repository.url}: {error}.") from None

    async def _fetch(self, repository: GitRepository, token: str | None, unless: str | None) -> Fetched | None:
        refs = await self._ask(repository, token, "GET", "/info/refs?service=git-upload-pack", ADVERTISEMENT)
        commit = advertised_commit(refs, repository.branch)
        if commit is None:
            raise CannotFetch(f"The repository has no branch '{repository.branch}'.")
        if commit == unless:
            return None
        answer = await self._ask(repository, token, "POST", "/git-upload-pack", RESULT, fetch_request(commit))
        return Fetched(commit, await unpacked(pack_of(answer), commit, repository.folder))

    async def _ask(
        self,
        repository: GitRepository,
        token: str | None,
        method: str,
        path: str,
        media_type: str,
        body: bytes | None = None,
    ) -> bytes:
        headers = [("Accept", media_type), ("User-Agent", "git/widget-service")]
        if body is not None:
            headers.append(("Content-Type", REQUEST))
        if token is not None:
            credential = token if ":" in token else f"{USER_OF_TOKENS}:{token}"
            headers.append(("Authorization", f"Basic {b64encode(credential.encode()).decode()}"))
        request = UpstreamRequest(
            method=method,
            url=repository.url + path,
            headers=headers,
            body=body,
            sensitive_headers=frozenset({"authorization"}),
            body_timeout_s=TIMEOUT_S,
        )
        answer = await self._client.send(request)
        try:
            _check(answer.status, {name.lower(): value for name, value in answer.headers}, media_type)
            return await answer.read(MAX_REFS_BYTES if method == "GET" else MAX_PACK_BYTES)
        finally:
            await answer.aclose()


def _check(status: int, headers: dict[str, str], media_type: str) -> None:
    if status in (401, 403, 404):
        raise CannotFetch(
            f"The host answered {status}: there is no such repository, or the token may not read it, or there is none."
        )
    if status != 200 or headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise CannotFetch(f"The host answered {status}, and not as a git server does; check the URL.")
