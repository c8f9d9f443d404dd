"""The client of development mode: faults first, then what was recorded, what is made up, or the network."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from widget_service.authentication.grant import TokenRequest
from widget_service.dev.offline.asked import Asked, asked_by
from widget_service.dev.offline.bodies import tokens_in
from widget_service.dev.offline.faults import NOT_KEPT, Faults
from widget_service.dev.offline.mocks import FOLDER_NAME as MOCKS_NAME
from widget_service.dev.offline.mocks import Mocks, UnusableMock
from widget_service.dev.offline.modes import Mode
from widget_service.dev.offline.recordings import Recordings, UnusableRecording
from widget_service.egress import EgressPolicy, UpstreamClient, UpstreamRequest, UpstreamResponse
from widget_service.egress.finished import FinishedResponse
from widget_service.egress.urls import UrlError, parse_url
from widget_service.errors import UpstreamError
from widget_service.execution.execution import Execution

MAX_RECORDED_BYTES = 10 * 1024 * 1024

log = structlog.get_logger("widget_service.dev")


class DevClient(UpstreamClient):
    """Sends requests as the mode says. ``secrets`` returns those that no recording may hold."""

    def __init__(
        self,
        policy: EgressPolicy,
        *,
        repo: Path,
        mode: Mode = Mode.LIVE,
        secrets: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        super().__init__(policy)
        self.mode, self.faults = mode, Faults()
        self.recordings, self.mocks = Recordings(repo), Mocks(repo)
        self._secrets = secrets
        self._tokens: dict[str, None] = {}

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """Return an answer; raise what `UpstreamClient.send` raises, and ``UPSTREAM_UNREACHABLE`` for a missing one."""
        host = _host_of(request.url)
        if isinstance(request.made_for, Execution):
            permalink = request.made_for.connector.permalink
            struck = await self.faults.strike(permalink, request, host)
            if struck is not None:
                return struck
            answer = await self._send(request, host)
            if self.faults.has(permalink):
                answer.headers.append(NOT_KEPT)
            return answer
        return await self._send(request, host)

    async def _send(self, request: UpstreamRequest, host: str) -> UpstreamResponse:
        if self.mode is Mode.LIVE:
            return await super().send(request)
        if self.mode is Mode.RECORD and isinstance(request.made_for, TokenRequest):
            return await self._with_tokens_noted(request, host)
        if request.upload is not None and self.mode is not Mode.MOCK:
            return await self._unrecorded(request, "its body is sent as it comes, and is not held")
        asked = asked_by(request, [*self._secrets().values(), *self._tokens])
        if self.mode is Mode.RECORD:
            return await self._record(request, asked, host)
        return await asyncio.to_thread(self._answer, request, asked, host)

    async def _record(self, request: UpstreamRequest, asked: Asked, host: str) -> UpstreamResponse:
        answer = await super().send(request)
        reason = _why_not(answer)
        if reason is not None:
            log.warning("record.skipped", connector=asked.name, reason=reason)
            return answer
        body = await answer.read(MAX_RECORDED_BYTES)
        if found := tokens_in(body):
            self._tokens |= dict.fromkeys(found)
            asked = asked_by(request, [*self._secrets().values(), *self._tokens])
        try:
            await asyncio.to_thread(self.recordings.keep, asked, answer.status, answer.headers, body)
        except OSError as error:
            log.error("record.failed", connector=asked.name, reason=str(error))
        return FinishedResponse(request, answer.status, answer.headers, body, host=host, source="network, recorded")

    async def _with_tokens_noted(self, request: UpstreamRequest, host: str) -> UpstreamResponse:
        """No token is recorded: it is remembered, so that it is found where else it stands."""
        answer = await super().send(request)
        body = await answer.read(MAX_RECORDED_BYTES)
        self._tokens |= dict.fromkeys(tokens_in(body))
        return FinishedResponse(request, answer.status, answer.headers, body, host=host, source="network")

    async def _unrecorded(self, request: UpstreamRequest, reason: str) -> UpstreamResponse:
        if self.mode is Mode.REPLAY:
            raise _missing(f"This request cannot be replayed: {reason}. Send it as JSON, or work with the network.")
        log.warning("record.skipped", reason=reason)
        return await super().send(request)

    def _answer(self, request: UpstreamRequest, asked: Asked, host: str) -> UpstreamResponse:
        try:
            if self.mode is Mode.MOCK and (mock := self.mocks.find(asked.name)) is not None:
                return FinishedResponse(request, mock.status, mock.headers, mock.body, host=host, source="mock")
            recorded = self.recordings.find(asked)
        except (UnusableMock, UnusableRecording) as error:
            raise _missing(str(error)) from None
        if recorded is None:
            raise _missing(self._advice(asked))
        return FinishedResponse(
            request, recorded.status, recorded.headers, recorded.body, host=host, source="recording"
        )

    def _advice(self, asked: Asked) -> str:
        if self.mode is Mode.MOCK:
            path = f".widget-service/{MOCKS_NAME}/{asked.name}"
            return (
                f"There is no mock for '{asked.name}': write an answer to {path}.json, "
                f"or its JSON Schema to {path}.schema.json."
            )
        there = self.recordings.lines(asked.name)
        known = f"Recorded are: {'; '.join(there)}." if there else f"Nothing is recorded for '{asked.name}'."
        return (
            f"There is no recording of {asked.line}. {known} To record it, make the same call once under "
            "'widget-service dev --record', with the network and the secrets."
        )


def _host_of(url: str) -> str:
    """Return the host; nothing for what is no URL, which the guard refuses."""
    try:
        return parse_url(url).host
    except UrlError:
        return ""


def _why_not(answer: UpstreamResponse) -> str | None:
    """Return why an answer is not recorded; None where it is."""
    media_type = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    if media_type.partition(";")[0].strip().lower() == "text/event-stream":
        return "a stream of events has no end"
    if int(answer.content_length or 0) > MAX_RECORDED_BYTES:
        return f"the answer is longer than {MAX_RECORDED_BYTES // 1024 // 1024} MiB"
    return None


def _missing(detail: str) -> UpstreamError:
    error = UpstreamError("UPSTREAM_UNREACHABLE", detail)
    error.never_sent = True
    return error
