"""Test Connection: executing a definition, saved or not, for an admin, and telling all of it without a secret."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from widget_service.connectors.compiling import compile_connector
from widget_service.connectors.compiling_composites import compile_composite
from widget_service.connectors.definition import CompositeDefinition, ConnectorDefinition
from widget_service.connectors.problems import Problem
from widget_service.connectors.snapshot import Snapshot
from widget_service.control.editing import check_definition
from widget_service.control.plane import ControlPlane
from widget_service.control.secret_use import Wanted, check_secret_use
from widget_service.control.snapshots import SnapshotSource
from widget_service.control.token_store import SharedTokenStores
from widget_service.control.trial import Trial, TrialCall, Trials
from widget_service.registry.permalinks import permalink_of
from widget_service.registry.sync import Kind, definitions_of
from widget_service.storage.actors import Actor
from widget_service.storage.errors import NotFound

UNNAMED: Final = "unsaved"
"""The permalink of a definition that says neither permalink nor name; it is an error of the definition anyway."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition that is not saved."""

    raw: Mapping[str, Any]

    @property
    def kind(self) -> Kind:
        """What it is: a composite has steps."""
        return Kind.COMPOSITE if "steps" in self.raw else Kind.CONNECTOR

    @property
    def permalink(self) -> str:
        """The permalink that it says, or that is made of its name."""
        return permalink_of(dict(self.raw)) or UNNAMED


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a test call is made on: the tenant with the draft in it, and the warnings about the draft."""

    snapshot: Snapshot
    permalink: str
    warnings: list[Problem]


async def run_test_call(
    plane: ControlPlane,
    tenant_id: str,
    what: str | Draft,
    call: TrialCall,
    *,
    by: Actor,
    host_map: Mapping[str, str] | None = None,
) -> tuple[Trial, Prepared]:
    """Execute a saved definition by its permalink, or a draft, through the same pipeline as a call from outside.

    Raises `NotFound`, `DefinitionRefused` with every problem of a draft, and `SecretsNotYours` where a draft would send
    a secret to where it is not sent now, and ``by`` has no right to use secrets.
    """
    prepared = await asyncio.to_thread(prepare, plane, tenant_id, what, by=by)
    shared = SharedTokenStores(plane, plane.settings)
    trials = Trials(plane.settings, prepared.snapshot, host_map or {}, shared)
    return await trials.run(replace(call, permalink=prepared.permalink)), prepared


def prepare(plane: ControlPlane, tenant_id: str, what: str | Draft, *, by: Actor) -> Prepared:
    """Return what a test call is made on; raise as `run_test_call` does."""
    snapshot = SnapshotSource(plane, tenant_id).read()
    if isinstance(what, str):
        if what not in snapshot.connectors and what not in snapshot.composites:
            raise NotFound(f"There is no connector {what!r}; send its definition to test one that is not saved.")
        return Prepared(snapshot, what, [])
    with plane.database.read() as read:
        report = check_definition(plane, read, tenant_id, what.permalink, what.raw, what.kind)
        raw = {**what.raw, "permalink": what.permalink}
        name = "composite_connectors" if what.kind is Kind.COMPOSITE else "connectors"
        check_secret_use(read, tenant_id, by, Wanted(put=tuple(definitions_of({name: [raw]}))))
    return Prepared(_with_draft(snapshot, what.permalink, raw, what.kind), what.permalink, report.problems)


def _with_draft(snapshot: Snapshot, permalink: str, raw: Mapping[str, Any], kind: Kind) -> Snapshot:
    """The draft takes the place of what it does not need: a composite runs connectors, and nothing runs composites."""
    if kind is Kind.COMPOSITE:
        composite = compile_composite(CompositeDefinition.model_validate(raw))
        return replace(snapshot, composites={permalink: composite})
    connector = compile_connector(ConnectorDefinition.model_validate(raw))
    return replace(snapshot, connectors={permalink: connector}, composites={})
