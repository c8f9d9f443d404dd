"""The application of ``widget-service serve``: wiring only."""

import asyncio
import sys
from contextlib import ExitStack

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from widget_service.app import Application
from widget_service.authentication.tokens import tokens_of_process
from widget_service.connectors.snapshot import DEFAULT_TENANT, Snapshot, SnapshotHolder
from widget_service.control.plane import control_plane
from widget_service.control.snapshots import SnapshotSource
from widget_service.control.tenants import hosts_of
from widget_service.control.token_store import SharedTokenStores
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.execution.asgi import ExecutionEndpoint
from widget_service.execution.cache import connector_cache, shared_entries
from widget_service.execution.cors import Cors
from widget_service.execution.pipeline import Pipeline
from widget_service.execution.running import Draining
from widget_service.identity.callers import Callers
from widget_service.identity.endpoint import SessionEndpoint
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import Sessions
from widget_service.identity.user_tokens import UserTokens
from widget_service.logs import configure_logging
from widget_service.public_routes import public_routes
from widget_service.serving import StopSignal
from widget_service.settings import Settings
from widget_service.storage.watch import ChangeWatcher
from widget_service.templating import TemplateWorkers
from widget_service.watchdog import Watchdog

log = structlog.get_logger("widget_service.serve")


def create_serve_app(settings: Settings, stop: StopSignal) -> Application:
    """Wire the application; raises what opening the control plane raises."""
    configure_logging(human=sys.stderr.isatty())
    return _Service(settings, stop).application()


class _Service:
    """Holds the parts of one serving process, which reads one tenant and changes nothing but rotated tokens."""

    def __init__(self, settings: Settings, stop: StopSignal, *, tenant_id: str = DEFAULT_TENANT) -> None:
        self._settings, self._stop, self._tenant_id = settings, stop, tenant_id
        self._open = ExitStack()
        self._plane = self._open.enter_context(control_plane(settings))
        self._source = SnapshotSource(self._plane, tenant_id)
        self._revision = self._plane.database.revision()
        self._origins = OriginPolicy(public_url=settings.public_url, allowed_origins=settings.allowed_origins)
        self._snapshots = SnapshotHolder(self._read())
        self._watcher = ChangeWatcher(self._plane.database, self._on_change, known_revision=self._revision)
        keys = self._plane.master_keys
        self._callers = Callers(
            sessions=Sessions(keys, secure=settings.session_cookie_secure),
            user_tokens=UserTokens.from_master_keys(keys, tenant_id=tenant_id),
            origins=self._origins,
        )
        self._client = UpstreamClient(
            EgressPolicy(
                allow_insecure=settings.allow_insecure_upstreams,
                allowed_private_networks=settings.allowed_private_networks,
            )
        )
        self._workers = TemplateWorkers()
        self._cache = connector_cache(settings, shared_entries(self._plane.master_keys, settings))
        self._watchdog = Watchdog()
        self._shared = SharedTokenStores(self._plane, settings)
        self._tokens = tokens_of_process(
            self._client, settings, shared=self._shared.tokens, rotating=self._shared.rotating
        )

    def application(self) -> Application:
        """Return the ASGI application."""
        pipeline = Pipeline(
            self._settings, self._snapshots, self._callers, self._client, self._workers, self._tokens, cache=self._cache
        )
        execution = ExecutionEndpoint(pipeline, Cors(self._callers.origins, self._snapshots))
        draining = Draining(execution.running, self._stop.wait, self._settings.drain_timeout_s)
        return Application(
            execution=execution,
            routes=self._routes(),
            on_startup=[self._watchdog.start, self._watcher.start, draining.start],
            on_shutdown=[
                draining.finish,
                self._watcher.stop,
                *([self._cache.aclose] if self._cache is not None else ()),
                self._tokens.aclose,
                self._shared.aclose,
                self._client.aclose,
                self._workers.aclose,
                self._close,
                self._watchdog.stop,
            ],
        )

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/readyz", self._ready),
            *SessionEndpoint(self._callers).routes(),
            *public_routes(self._settings),
        ]

    async def _ready(self, _: Request) -> Response:
        """It holds a snapshot, or it would not have started."""
        body = {"status": "ok", "revision": self._revision, "connectors": len(self._snapshots.current.connectors)}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _on_change(self, revision: int) -> None:
        self._snapshots.replace(await asyncio.to_thread(self._read))
        self._revision = revision
        log.info("snapshot.replaced", revision=revision, connectors=len(self._snapshots.current.connectors))

    def _read(self) -> Snapshot:
        """Return the tenant as it is now, and answer to its host names only, not to those of other tenants."""
        own, of_others = hosts_of(self._plane, self._tenant_id)
        self._origins.answer_to(own, of_others=of_others)
        return self._source.read()

    async def _close(self) -> None:
        self._open.close()
