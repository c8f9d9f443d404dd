"""Executing connectors in this process, over the whole pipeline."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from widget_service.authentication.tokens import tokens_of_process
from widget_service.connectors.snapshot import SnapshotHolder, build_snapshot
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.execution.answer import Answer
from widget_service.execution.cache import connector_cache
from widget_service.execution.execution import Execution
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.pipeline import Pipeline
from widget_service.identity.callers import Caller, FixedCaller
from widget_service.identity.users import User
from widget_service.registry.validate import validate_connectors
from widget_service.settings import Settings
from widget_service.templating import TemplateWorkers


class Executor:
    """A pipeline, and the ways to call it."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    async def compose(self, permalink: str, **call: Any) -> tuple[Execution, Answer]:
        """Execute a composite."""
        return await self.execute(f"composite/{permalink}", method="POST", **call)

    async def execute(self, permalink: str = "one", **call: Any) -> tuple[Execution, Answer]:
        """Return the execution and its answer, the body read."""
        incoming = {"permalink": permalink, "method": "GET", "query_string": "", "headers": {}, **call}
        execution, answer = await self.pipeline.trace(IncomingCall(**incoming))
        if answer.stream is not None:
            answer.body = b"".join([chunk async for chunk in answer.stream])
        return execution, answer


@asynccontextmanager
async def executor(
    connectors: list[dict[str, Any]],
    *,
    composites: Sequence[dict[str, Any]] = (),
    secrets: dict[str, str] | None = None,
    variables: dict[str, str] | None = None,
    secret_origins: dict[str, frozenset[str]] | None = None,
    host_map: dict[str, str] | None = None,
    **settings: Any,
) -> AsyncIterator[Executor]:
    """Serve ``connectors`` in this process while the block runs."""
    registry = {"connectors": connectors, "composite_connectors": list(composites)}
    report = validate_connectors(registry, allow_insecure=True)
    assert not [problem for problem in report.problems if problem.is_error], report.problems
    snapshot = build_snapshot(
        report.connectors,
        secrets=secrets or {},
        variables=variables or {},
        secret_origins=secret_origins or {},
        composites=report.composites,
    )
    client = UpstreamClient(EgressPolicy(allow_insecure=True, host_map=host_map or {}))
    workers, loaded = TemplateWorkers(), Settings(allow_insecure_upstreams=True, **settings)
    tokens = tokens_of_process(client, loaded)
    caller = FixedCaller(Caller(User("u-1", email="a@example.com")), SnapshotHolder(snapshot))
    cache = connector_cache(loaded)
    try:
        yield Executor(Pipeline(loaded, caller, client, workers, tokens, cache=cache))
    finally:
        if cache is not None:
            await cache.aclose()
        await tokens.aclose()
        await client.aclose()
        await workers.aclose()
