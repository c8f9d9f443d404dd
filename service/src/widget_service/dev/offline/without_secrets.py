"""A snapshot that executes without secrets: nothing is signed in, and values that nobody has are stood in for."""

from collections.abc import Mapping
from dataclasses import replace

from widget_service.connectors.compiling import CompiledConnector
from widget_service.connectors.compiling_composites import CompiledComposite
from widget_service.connectors.snapshot import Snapshot


class _StandIns(dict[str, str]):
    """Has a value for every name: which one is asked for may be known only while a template renders."""

    def __missing__(self, name: str) -> str:
        return _stand_in(name)


def without_secrets(snapshot: Snapshot, variables: Mapping[str, str]) -> Snapshot:
    """Return ``snapshot`` for a run that calls no destination; ``variables`` are used where it has none of its own."""
    return replace(
        snapshot,
        connectors={name: _signed_out(connector) for name, connector in snapshot.connectors.items()},
        composites={name: _with_steps_signed_out(composite) for name, composite in snapshot.composites.items()},
        secrets=_StandIns({name: _stand_in(name) for name in _read(snapshot, "secrets")}),
        secret_origins={},
        variables={**variables, **snapshot.variables},
    )


def read_variables(snapshot: Snapshot) -> dict[str, str]:
    """Return the variables that connectors read, as far as they have values."""
    read = _read(snapshot, "variables")
    return {name: value for name, value in snapshot.variables.items() if name in read}


def stand_in_variables(snapshot: Snapshot) -> dict[str, str]:
    """Return a value for each variable that connectors read: its own name."""
    return {name: name for name in _read(snapshot, "variables")}


def _signed_out(connector: CompiledConnector) -> CompiledConnector:
    return replace(connector, authentication=None, tls=None)


def _with_steps_signed_out(composite: CompiledComposite) -> CompiledComposite:
    steps = (replace(step, request=_signed_out(step.request)) if step.request else step for step in composite.steps)
    return replace(composite, steps=tuple(steps))


def _read(snapshot: Snapshot, kind: str) -> frozenset[str]:
    definitions = (*snapshot.connectors.values(), *snapshot.composites.values())
    return frozenset().union(*(getattr(definition, kind) for definition in definitions))


def _stand_in(name: str) -> str:
    return f"no-secret-{name}"
