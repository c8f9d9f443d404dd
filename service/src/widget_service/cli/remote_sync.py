"""Syncing a registry of this machine with a running service, told as one with the database of this machine is."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from widget_service.cli.refusals import refuse
from widget_service.cli.remote import RemoteRefused, remote_at
from widget_service.connectors.problems import Problem
from widget_service.control.registries import Sync
from widget_service.control.registry_source import Source, SyncRefused
from widget_service.registry.sync import Definition, Kind, Plan, Update, definitions_of, plan_sync

_MEMBERS = {each.name for each in fields(Problem)}


def sync_there(
    path: Path, name: str | None, tenant: str, url: str, token: str | None, *, moved: bool, apply: bool
) -> Sync:
    """Plan or apply; raise `SyncRefused` with every problem. What else the service refuses ends the command."""
    source = Source.of(path, name)
    document, _ = source.read()
    registry: dict[str, Any] = {"registry": {}} if document is None else {"text": document.text}
    sent = {"moved": moved, **registry}
    try:
        remote = remote_at(url, token)
        listed = [each for each in remote.list_definitions(tenant) if each.registry_id == source.id]
        told = remote.sync(tenant, source.id, sent, apply=apply)
    except RemoteRefused as refused:
        if refused.problems:
            raise SyncRefused(source.file, [_problem(each) for each in refused.problems]) from None
        refuse(str(refused))
    before = {each.permalink: Definition(each.permalink, Kind(each.kind), each.raw) for each in listed}
    after = {each.permalink: each for each in (definitions_of(document.value) if document is not None else ())}
    plan = _plan(told, before, after)
    return Sync(tenant, source.id, source.place, source.file, plan, [_problem(each) for each in told["problems"]])


def _plan(told: Mapping[str, Any], before: Mapping[str, Definition], after: Mapping[str, Definition]) -> Plan:
    """What changes is what the service says: credentials of what is there may have been shown masked."""
    there = {each["permalink"]: _definition(each) for part in ("updated", "deleted") for each in told[part]}
    there |= before
    return replace(
        plan_sync(list(before.values()), list(after.values())),
        created=[after[each["permalink"]] for each in told["created"]],
        updated=[Update(there[name], after[name]) for name in (each["permalink"] for each in told["updated"])],
        deleted=[there[each["permalink"]] for each in told["deleted"]],
        unchanged=told["unchanged"],
    )


def _definition(named: Mapping[str, Any]) -> Definition:
    """One that somebody has made since the service was asked for what is there."""
    return Definition(named["permalink"], Kind(named["kind"]), {})


def _problem(told: Any) -> Problem:
    """A service of a later version may tell more of it."""
    return Problem(**{name: value for name, value in told.items() if name in _MEMBERS})
