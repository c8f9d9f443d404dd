"""The application of ``widget-service serve``: wiring only."""

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import structlog
from starlette.routing import BaseRoute

from widget_service.app import Application
from widget_service.authentication.tokens import tokens_of_process
from widget_service.caching.memory import Usage
from widget_service.conditions import Conditions, Part
from widget_service.control.directories import DirectorySource
from widget_service.control.kept.keeping import SnapshotKeeper
from widget_service.control.plane import serving_plane
from widget_service.control.revocations import DatabaseRevocations
from widget_service.control.token_store import SharedTokenStores
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.execution.asgi import ExecutionEndpoint
from widget_service.execution.cache import connector_cache, shared_entries
from widget_service.execution.cors import Cors
from widget_service.execution.limits.destinations import DestinationLimits
from widget_service.execution.pipeline import Pipeline
from widget_service.execution.running import Draining
from widget_service.identity.callers import Callers
from widget_service.identity.directory import DirectoryHolder
from widget_service.identity.endpoint import SessionEndpoint
from widget_service.identity.proxies import TrustedProxies
from widget_service.identity.sessions import Sessions
from widget_service.logs import configure_logging
from widget_service.public_routes import public_routes
from widget_service.ratelimits.limiter import limiter_of
from widget_service.serve.beginning import begin
from widget_service.serve.cache_watch import CacheWatch
from widget_service.serve.published_keys import PublishedKeysOfProcess
from widget_service.serve.readiness import Readiness
from widget_service.serve.recording import recording
from widget_service.serve.widgets import ServedWidgets
from widget_service.serving import StopSignal
from widget_service.settings import Settings
from widget_service.storage.watch import ChangeWatcher
from widget_service.telemetry.calls import CallMeter
from widget_service.telemetry.endpoint import metrics_route
from widget_service.telemetry.parts import Parts, Serving
from widget_service.telemetry.publishing import Publisher
from widget_service.templating import TemplateWorkers
from widget_service.watchdog import Watchdog

log = structlog.get_logger("widget_service.serve")

THREADS: Final = 32


def create_serve_app(settings: Settings, stop: StopSignal, *, board: Path | None = None) -> Application:
    """Wire the application; raises what opening the control plane raises.

    ``board`` is the folder in which the processes of one service tell what they have counted, if anybody asks.
    """
    configure_logging(human=sys.stderr.isatty())
    return _Service(settings, stop, board).application()


class _Service:
    """Holds the parts of one serving process, which changes nothing but rotated tokens and sessions that end."""

    def __init__(self, settings: Settings, stop: StopSignal, board: Path | None) -> None:
        self._settings, self._stop, self._board = settings, stop, board
        self._open = ExitStack()
        self._plane = self._open.enter_context(serving_plane(settings))
        self._conditions = Conditions()
        self._client = UpstreamClient(
            EgressPolicy(
                allow_insecure=settings.allow_insecure_upstreams,
                allowed_private_networks=settings.allowed_private_networks,
            )
        )
        self._published_keys = PublishedKeysOfProcess(self._client)
        self._source = DirectorySource(self._plane, self._published_keys.at)
        self._revocations = DatabaseRevocations(self._plane)
        self._sessions = Sessions(self._plane.master_keys, secure=settings.session_cookie_secure)
        self._begin()
        self._keeper = SnapshotKeeper(self._plane)
        self._watcher = ChangeWatcher(
            self._plane.database,
            self._on_change,
            known_revision=self._revision if self._kept_at is None else None,
            also=self._follow_log_outs,
            on_state=lambda works: self._conditions.note(Part.DATABASE, works=works),
        )
        self._cache_watch = CacheWatch(settings, self._conditions)
        self._callers = Callers(
            self._directory, sessions=self._sessions, proxies=TrustedProxies(settings.trusted_proxies)
        )
        self._limiter = limiter_of(settings)
        self._meter = CallMeter(settings.metrics_max_connectors)
        self._recorder, self._writer = recording(settings, self._plane, self._callers, self._conditions, self._meter)
        self._workers = TemplateWorkers()
        self._entries = shared_entries(self._plane.master_keys, settings)
        self._cache = connector_cache(settings, self._entries)
        self._widgets = self._served_widgets()
        self._watchdog = Watchdog()
        self._shared = SharedTokenStores(self._plane, settings)
        self._tokens = tokens_of_process(
            self._client, settings, shared=self._shared.tokens, rotating=self._shared.rotating
        )

    def application(self) -> Application:
        """Return the ASGI application."""
        pipeline = Pipeline(
            self._settings,
            self._callers,
            self._client,
            self._workers,
            self._tokens,
            cache=self._cache,
            limiter=self._limiter,
            recorder=self._recorder,
        )
        execution = ExecutionEndpoint(pipeline, Cors(self._callers))
        draining = Draining(
            execution.running,
            self._stop.wait,
            timeout_s=self._settings.drain_timeout_s,
            delay_s=self._settings.drain_delay_s,
        )
        readiness = Readiness(self._conditions, self._facts, lambda: draining.has_begun)
        publisher = self._publisher(execution, pipeline.exchange.limits)
        return Application(
            execution=execution,
            routes=[readiness.route(), *self._routes(publisher)],
            is_draining=lambda: draining.has_begun,
            on_startup=[
                _have_threads,
                self._watchdog.start,
                self._watcher.start,
                self._keeper.start,
                self._cache_watch.start,
                self._writer.start,
                *([self._widgets.start] if self._widgets is not None else ()),
                *([publisher.start] if publisher is not None else ()),
                draining.start,
            ],
            on_shutdown=[
                draining.finish,
                self._writer.stop,
                *([publisher.stop] if publisher is not None else ()),
                *([self._widgets.stop] if self._widgets is not None else ()),
                self._watcher.stop,
                self._keeper.stop,
                self._cache_watch.stop,
                self._published_keys.aclose,
                *([self._cache.aclose] if self._cache is not None else ()),
                self._tokens.aclose,
                self._shared.aclose,
                self._limiter.aclose,
                self._client.aclose,
                self._workers.aclose,
                self._close,
                self._watchdog.stop,
            ],
        )

    def _publisher(self, execution: ExecutionEndpoint, limits: DestinationLimits) -> Publisher | None:
        if self._board is None:
            return None
        parts = Parts(
            settings=self._settings,
            execution=execution,
            limits=limits,
            meter=self._meter,
            recorder=self._recorder,
            writer=self._writer,
            tokens=self._tokens,
            client=self._client,
            workers=self._workers,
            serving=self._serving,
            cache_usage=lambda: Usage(0, 0) if self._cache is None else self._cache.usage,
            cache_is_up=self._cache_is_up,
        )
        return Publisher(self._board, parts.state)

    def _serving(self) -> Serving:
        return Serving(self._revision, self._loaded_at, is_following=self._watcher.is_following, **self._counts())

    def _cache_is_up(self) -> bool | None:
        return None if self._entries is None else not (self._entries.is_down or self._limiter.is_alone)

    def _served_widgets(self) -> ServedWidgets | None:
        settings = self._settings
        if settings.widgets_dir is None:
            return None
        return ServedWidgets(
            settings.widgets_dir,
            self._client,
            sessions=self._sessions,
            has_preview=settings.preview,
            asked_to_stop=self._stop.wait,
        )

    def _routes(self, publisher: Publisher | None) -> list[BaseRoute]:
        sessions = SessionEndpoint(
            self._callers,
            store=self._revocations,
            limiter=self._limiter,
            per_minute=self._settings.sessions_per_minute,
        )
        widgets = self._widgets.routes() if self._widgets is not None else []
        token = self._settings.metrics_token
        metrics = [metrics_route(token.get_secret_value(), publisher.scrape)] if publisher and token else []
        return [*metrics, *sessions.routes(), *public_routes(self._settings), *widgets]

    def _begin(self) -> None:
        """Read what is served first."""
        beginning = begin(self._plane, self._source, self._revocations, self._published_keys.at)
        self._revision, self._kept_at = beginning.revision, beginning.kept_at
        self._loaded_at = time.time() if self._kept_at is None else self._kept_at
        self._directory = DirectoryHolder(beginning.directory)
        self._sessions.revocations.replace(beginning.revoked)
        if self._kept_at is not None:
            self._conditions.note(Part.DATABASE, works=False)
            self._conditions.note(Part.SNAPSHOT, works=False, since=self._kept_at)

    def _facts(self) -> dict[str, Any]:
        """What is served, for `Readiness`."""
        return {"revision": self._revision, **self._counts()}

    async def _on_change(self, revision: int) -> None:
        self._directory.replace(await asyncio.to_thread(self._source.read))
        self._revision, self._loaded_at = revision, time.time()
        self._conditions.note(Part.SNAPSHOT, works=True)
        self._keeper.note_change()
        log.info("snapshot.replaced", revision=revision, **self._counts())

    def _counts(self) -> dict[str, int]:
        tenants = self._directory.current.tenants.values()
        return {"tenants": len(tenants), "connectors": sum(len(tenant.snapshot.connectors) for tenant in tenants)}

    async def _follow_log_outs(self) -> None:
        told = await asyncio.to_thread(self._revocations.read_if_changed)
        if told is not None:
            self._sessions.revocations.replace(told)
            self._keeper.note_change()

    async def _close(self) -> None:
        self._open.close()


async def _have_threads() -> None:
    """Calls need threads too, for compiling; all that wait for a database which hangs must not use them up."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="blocking"))
