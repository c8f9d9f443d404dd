"""Where a command acts: on the database of this machine, or on a running service that ``--url`` names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from widget_service.cli.options import actor
from widget_service.cli.refusals import opened, refuse

if TYPE_CHECKING:
    from widget_service.control.definitions import Listed
    from widget_service.control.plane import ControlPlane
    from widget_service.control.value_uses import ValueUse
    from widget_service.storage.values import Secret, Variable


class Place(Protocol):
    """What the commands for connectors, secrets and variables do there."""

    def list_definitions(self, tenant: str) -> "list[Listed]": ...

    def get_definition(self, tenant: str, permalink: str) -> "Listed": ...

    def remove_definition(self, tenant: str, permalink: str) -> None: ...

    def list_values(self, kind: str, tenant: str) -> list[dict[str, Any]]: ...

    def set_value(self, kind: str, tenant: str, name: str, body: dict[str, Any]) -> dict[str, Any]: ...

    def remove_value(self, kind: str, tenant: str, name: str) -> None: ...

    def audit_lines(self) -> Iterator[str]: ...


@contextmanager
def placed(config: Path | None, url: str | None, token: str | None) -> Iterator[Place]:
    """Yield the place; what it refuses ends the command."""
    if url is None:
        with opened(config) as plane:
            yield _Local(plane)
        return
    from widget_service.cli.remote import RemoteRefused, remote_at

    try:
        yield remote_at(url, token)
    except RemoteRefused as error:
        refuse(str(error))


class _Local:
    """The database of this machine."""

    def __init__(self, plane: "ControlPlane") -> None:
        self._plane = plane

    def list_definitions(self, tenant: str) -> "list[Listed]":
        from widget_service.control.definitions import list_definitions

        return list_definitions(self._plane, tenant)

    def get_definition(self, tenant: str, permalink: str) -> "Listed":
        from widget_service.control.definitions import get_definition

        return get_definition(self._plane, tenant, permalink)

    def remove_definition(self, tenant: str, permalink: str) -> None:
        from widget_service.control.definitions import remove_definition

        remove_definition(self._plane, tenant, permalink, actor=actor())

    def list_values(self, kind: str, tenant: str) -> list[dict[str, Any]]:
        from widget_service.control import values
        from widget_service.control.value_uses import value_uses

        uses = value_uses(self._plane, tenant)
        if kind == "secrets":
            secrets = values.list_secrets(self._plane, tenant)
            return [_secret(each, uses) for each in secrets]
        return [_row(each, uses) | {"value": each.value} for each in values.list_variables(self._plane, tenant)]

    def set_value(self, kind: str, tenant: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        from widget_service.control import values

        if kind == "secrets":
            secret = values.set_secret(
                self._plane, tenant, name, body["value"], actor=actor(), origins=body.get("origins")
            )
            return _secret(secret, {})
        return _row(values.set_variable(self._plane, tenant, name, body["value"], actor=actor()), {})

    def remove_value(self, kind: str, tenant: str, name: str) -> None:
        from widget_service.control import values

        remove = values.remove_secret if kind == "secrets" else values.remove_variable
        remove(self._plane, tenant, name, actor=actor())

    def audit_lines(self) -> Iterator[str]:
        from widget_service.control.audit import export

        return export(self._plane)


def _secret(each: "Secret", uses: "Mapping[str, ValueUse]") -> dict[str, Any]:
    registries = list(uses[each.name].registries) if each.name in uses else []
    return _row(each, uses) | {"origins": list(each.origins), "registries": registries}


def _row(each: "Secret | Variable", uses: "Mapping[str, ValueUse]") -> dict[str, Any]:
    return {
        "name": each.name,
        "version": each.version,
        "read_by": list(uses[each.name].read_by) if each.name in uses else [],
        "updated_at": each.updated_at.isoformat(),
    }
