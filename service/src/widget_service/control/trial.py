"""Executing one connector in this process, through the same pipeline as a call from outside."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from widget_service.authentication.tokens import Tokens, tokens_of_process
from widget_service.connectors.snapshot import Snapshot, SnapshotHolder
from widget_service.control.token_store import SharedTokenStores
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.errors import ServiceError, UpstreamError
from widget_service.execution.answer import Answer, error_answer
from widget_service.execution.composite.resolving import PREFIX
from widget_service.execution.execution import Execution
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.pipeline import Pipeline
from widget_service.identity.callers import Caller, FixedCaller
from widget_service.identity.users import User
from widget_service.settings import Settings
from widget_service.templating import TemplateWorkers

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """What was executed, and the answer with its whole body; ``failed_stage`` None: it was answered."""

    execution: Execution
    answer: Answer
    failed_stage: str | None


@dataclass(frozen=True, slots=True)
class TrialCall:
    """What a caller would send; ``method`` None is the connector's own, ``user`` None is an anonymous caller."""

    permalink: str
    method: str | None = None
    query: Sequence[Pair] = ()
    path_parameters: Sequence[Pair] = ()
    headers: Sequence[Pair] = ()
    body: bytes = b""
    user: User | None = None

    def incoming(self, snapshot: Snapshot) -> IncomingCall:
        """Return the call as it would arrive at the service."""
        is_composite = self.permalink in snapshot.composites
        method = self.method or ("POST" if is_composite else _method_of(snapshot, self.permalink))
        headers = {name.lower(): value for name, value in self.headers}
        if self.path_parameters:
            headers["x-path-params"] = urlencode(self.path_parameters)
        permalink = PREFIX + self.permalink if is_composite else self.permalink
        return IncomingCall(permalink, method, urlencode(self.query), headers, self.body)


@dataclass(frozen=True, slots=True)
class Trials:
    """Where connectors are tried: a tenant's snapshot under the settings. ``host_map`` is as in development mode.

    ``shared`` is what is shared with the processes that serve, for one `run`: a refresh token that a trial has replaced
    must not be lost.
    """

    settings: Settings
    snapshot: Snapshot
    host_map: Mapping[str, str] = field(default_factory=dict)
    shared: SharedTokenStores | None = None

    async def run(self, call: TrialCall) -> Trial:
        """Execute one call; what goes wrong in it is its answer."""
        incoming = call.incoming(self.snapshot)
        client, workers = UpstreamClient(self._policy()), TemplateWorkers()
        tokens = self._tokens(client)
        callers = FixedCaller(Caller(call.user), SnapshotHolder(self.snapshot))
        pipeline = Pipeline(self.settings, callers, client, workers, tokens)
        try:
            execution, answer = await pipeline.trace(incoming)
            failed = _failed_stage(execution)
            await _read_stream(execution, answer, self.settings.max_response_bytes)
            return Trial(execution, answer, failed or _failed_stage(execution))
        finally:
            await tokens.aclose()
            if self.shared is not None:
                await self.shared.aclose()
            await client.aclose()
            await workers.aclose()

    def _tokens(self, client: UpstreamClient) -> Tokens:
        if self.shared is None:
            return tokens_of_process(client, self.settings)
        return tokens_of_process(client, self.settings, shared=self.shared.tokens, rotating=self.shared.rotating)

    def _policy(self) -> EgressPolicy:
        settings = self.settings
        return EgressPolicy(
            allow_insecure=settings.allow_insecure_upstreams,
            allowed_private_networks=settings.allowed_private_networks,
            host_map=self.host_map,
        )


def _failed_stage(execution: Execution) -> str | None:
    """Return the stage in which the execution failed, its time taken; None where it did not."""
    timing = execution.timing
    if not timing.error or execution.composite is not None:
        return None
    if not hasattr(execution, "request"):
        stage = "setup"
    elif "auth" not in timing.seconds or any(step.what == "failed" for step in execution.sign_in):
        stage = "auth"
    else:
        stage = "transform" if execution.upstream_body is not None else "external"
    if stage not in timing.seconds:
        timing.stage_done(stage)
    return stage


async def _read_stream(execution: Execution, answer: Answer, limit: int) -> None:
    """Put a body that comes as a stream into the answer; one that breaks off becomes an error, as at a client."""
    if answer.stream is None:
        return
    parts, size = [], 0
    try:
        async for part in answer.stream:
            size += len(part)
            if size > limit:
                raise UpstreamError(
                    "UPSTREAM_RESPONSE_TOO_LARGE", f"The answer is longer than {limit} bytes, too long to be shown."
                )
            parts.append(part)
    except ServiceError as error:
        execution.timing.error = error.code
        failed = error_answer(error, execution.request_id)
        answer.status, answer.headers, answer.body = failed.status, failed.headers, failed.body
    else:
        answer.body = b"".join(parts)
    finally:
        execution.timing.stage_done("external")
        await answer.stream.aclose()
        answer.stream = None


def _method_of(snapshot: Snapshot, permalink: str) -> str:
    with contextlib.suppress(KeyError, ServiceError):  # the pipeline says what is wrong with the connector
        return snapshot.connectors[permalink].method
    return "GET"
