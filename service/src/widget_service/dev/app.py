"""The application of development mode: one repository, one tenant, everything live."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from widget_service.app import Application
from widget_service.authentication.tokens import tokens_of_process
from widget_service.connectors.snapshot import Snapshot, SnapshotHolder
from widget_service.dev.calls.endpoint import ConsoleEndpoint
from widget_service.dev.calls.log import CallLog
from widget_service.dev.calls.pipeline import TellingPipeline
from widget_service.dev.calls.report import report_of
from widget_service.dev.console import DevConsole
from widget_service.dev.offline.client import DevClient
from widget_service.dev.offline.modes import Mode
from widget_service.dev.offline.recordings import Recordings
from widget_service.dev.offline.without_secrets import read_variables, stand_in_variables, without_secrets
from widget_service.dev.recording import dev_recording
from widget_service.dev.user_tokens import dev_master_key, user_tokens_of
from widget_service.dev.watch import RepositoryWatcher
from widget_service.dev.workspace import Reading, Workspace
from widget_service.egress import EgressPolicy
from widget_service.egress.urls import parse_url
from widget_service.execution.answer import Answer
from widget_service.execution.asgi import ExecutionEndpoint
from widget_service.execution.cache import connector_cache
from widget_service.execution.cors import Cors
from widget_service.execution.execution import Execution
from widget_service.execution.running import Draining
from widget_service.executions.recorder import Recorder
from widget_service.executions.writing import Writer
from widget_service.identity.callers import Callers
from widget_service.identity.directory import OneTenant
from widget_service.identity.endpoint import SessionEndpoint
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.proxies import TrustedProxies
from widget_service.identity.sessions import Sessions
from widget_service.logs import configure_logging
from widget_service.public_routes import public_routes
from widget_service.serving import StopSignal
from widget_service.settings import Settings
from widget_service.templating import TemplateWorkers
from widget_service.watchdog import Watchdog
from widget_service.widgets import WidgetSite

log = structlog.get_logger("widget_service.dev")

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class DevOptions:
    """What the command line says. ``host_map`` wins over the ``[map]`` of ``dev.toml``.

    ``admin`` are the settings of the admin pages, where there are any.
    """

    repo: Path
    host_map: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = Mode.LIVE
    admin: Settings | None = None


def create_dev_app(options: DevOptions, settings: Settings, stop: StopSignal) -> Application:
    """Wire the application of development mode."""
    configure_logging(human=True)
    return _DevService(options, settings, stop).application()


class _DevService:
    """Holds the parts of one running development service."""

    def __init__(self, options: DevOptions, settings: Settings, stop: StopSignal) -> None:
        self._options, self._settings, self._stop = options, settings, stop
        self._snapshots = SnapshotHolder()
        self._workspace = Workspace(options.repo, self._snapshots, settings, self._prepared)
        reading = self._workspace.load()
        self._console = DevConsole(options.repo, settings)
        keys = dev_master_key(options.repo)
        # Cookies know no ports: of two repositories on one machine, each needs a name of its own.
        self._sessions = Sessions(keys, secure=settings.session_cookie_secure, name_suffix=f"_{keys.primary.id[:8]}")
        self._origins = _origin_policy(settings)
        tenant = OneTenant(
            self._snapshots,
            origins=self._origins,
            user_tokens=user_tokens_of(options.repo),
            hosts=_host_names(settings),
        )
        self._callers = Callers(tenant, sessions=self._sessions, proxies=TrustedProxies(settings.trusted_proxies))
        self._client = DevClient(
            self._egress_policy(reading),
            repo=options.repo,
            mode=options.mode,
            secrets=lambda: self._snapshots.current.secrets,
        )
        self._tokens = tokens_of_process(self._client, settings)
        self._workers = TemplateWorkers()
        self._recorder: Recorder | None = None
        self._writer: Writer | None = None
        if options.admin is not None:
            self._recorder, self._writer = dev_recording(options.admin, self._callers)
        # What is revalidated, or comes from the cache, is no answer to record; without a network there is none to keep.
        self._cache = connector_cache(settings) if options.mode is Mode.LIVE else None
        self._watchdog = Watchdog()
        self._site = WidgetSite(
            options.repo,
            sessions=self._sessions,
            client=self._client,
            users=reading.config.users,
            problems=reading.errors,
            origins=self._origins,
            has_console=True,
        )
        self._calls = CallLog(self._site.notify_of_calls)
        self._client.faults.on_change = self._on_fault
        self._watcher = RepositoryWatcher(options.repo, self._on_change)

    def application(self) -> Application:
        """Return the ASGI application."""
        pipeline = TellingPipeline(
            self._settings,
            self._callers,
            self._client,
            self._workers,
            self._tokens,
            cache=self._cache,
            told=self._tell_of_call,
            recorder=self._recorder,
        )
        execution = ExecutionEndpoint(pipeline, Cors(self._callers))
        draining = Draining(execution.running, self._stop.wait, timeout_s=self._settings.drain_timeout_s)
        return Application(
            execution=execution,
            routes=self._routes(),
            on_startup=[
                self._watchdog.start,
                self._announce,
                self._watcher.start,
                *([self._writer.start] if self._writer is not None else ()),
                self._await_stop,
                draining.start,
            ],
            on_shutdown=[
                draining.finish,
                *([self._writer.stop] if self._writer is not None else ()),
                self._watcher.stop,
                *([self._cache.aclose] if self._cache is not None else ()),
                self._tokens.aclose,
                self._client.aclose,
                self._workers.aclose,
                self._watchdog.stop,
            ],
        )

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/", _to_preview),
            *SessionEndpoint(self._callers, per_minute=self._settings.sessions_per_minute).routes(),
            *public_routes(self._settings),
            *ConsoleEndpoint(
                self._calls,
                self._client.faults,
                sessions=self._sessions,
                origins=self._origins,
                permalinks=self._permalinks,
            ).routes(),
            *self._site.routes(),
        ]

    def _permalinks(self) -> list[str]:
        snapshot = self._snapshots.current
        return sorted({*snapshot.connectors, *snapshot.composites})

    def _on_fault(self, permalink: str) -> None:
        """A fault strikes the next call, whatever is kept of earlier ones."""
        snapshot = self._snapshots.current
        generations = dict(snapshot.cache_generations)
        generations[permalink] = generations.get(permalink, 0) + 1
        self._snapshots.replace(replace(snapshot, cache_generations=generations))
        self._site.notify_of_calls()

    def _prepared(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot that the mode executes: without the network, nothing is signed in."""
        mode, recordings = self._options.mode, Recordings(self._options.repo)
        snapshot = replace(snapshot, cache_generations=self._snapshots.current.cache_generations)
        if mode is Mode.RECORD:
            recordings.keep_variables(read_variables(snapshot), snapshot.secrets.values())
        if not mode.is_offline:
            return snapshot
        stand_ins = stand_in_variables(snapshot) if mode is Mode.MOCK else {}
        return without_secrets(snapshot, {**stand_ins, **recordings.variables()})

    def _tell_of_call(self, execution: Execution, answer: Answer, body: bytes, size: int) -> None:
        secrets = self._snapshots.current.secrets.values()
        try:
            self._calls.add(report_of(self._options.repo, execution, answer, body, size, secrets=secrets))
        except Exception:  # the caller's answer is worth more than what the console says of it
            log.error("console.failed", permalink=execution.call.permalink, exc_info=True)

    def _reading(self) -> Reading:
        assert self._workspace.reading is not None
        return self._workspace.reading

    async def _announce(self) -> None:
        self._console.announce(self._reading(), self._snapshots.current, self._site, self._options.mode)

    async def _await_stop(self) -> None:
        """Live pages hold a stream each, which must end before the server can."""
        self._closing = asyncio.create_task(self._close_streams())

    async def _close_streams(self) -> None:
        await self._stop.wait()
        await self._site.close()

    async def _on_change(self, changed: set[Path]) -> None:
        reading = self._reading()
        concerns_connectors = self._workspace.concerns(changed)
        if concerns_connectors:
            reading = await asyncio.to_thread(self._workspace.load)
            self._client.policy = self._egress_policy(reading)
        changes = await self._site.reload(changed, users=reading.config.users, problems=reading.errors)
        if concerns_connectors or changes:
            self._console.saved(changed)
        if concerns_connectors:
            self._console.connectors(reading, self._snapshots.current)
        if changes.theme:
            self._console.theme(self._site)
        if changes.problems or changes.page:
            self._console.extensions(self._site)

    def _egress_policy(self, reading: Reading) -> EgressPolicy:
        return EgressPolicy(
            allow_insecure=self._settings.allow_insecure_upstreams,
            allowed_private_networks=self._settings.allowed_private_networks,
            host_map={**reading.config.host_map, **self._options.host_map},
        )


def _origin_policy(settings: Settings) -> OriginPolicy:
    return OriginPolicy(
        public_url=settings.public_url, allowed_origins=settings.allowed_origins, hosts=_host_names(settings)
    )


def _host_names(settings: Settings) -> set[str]:
    hosts = set(LOOPBACK_NAMES) | {settings.host}
    if settings.public_url is not None:
        hosts.add(parse_url(settings.public_url).host)
    return hosts


async def _to_preview(_: Request) -> Response:
    return RedirectResponse("/preview/", 307)
