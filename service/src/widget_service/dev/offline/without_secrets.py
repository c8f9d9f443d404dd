"""A snapshot that executes without secrets: nothing is signed in, and values that nobody has are stood in for."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from widget_service.connectors.compiling import CompiledConnector
from widget_service.connectors.snapshot import Snapshot


class _StandIns(dict[str, str]):
    """Has a value for every name: which one is asked for may be known only while a template renders."""

    def __missing__(self, name: str) -> str:
        return _stand_in(name)


def without_secrets(snapshot: Snapshot, variables: Mapping[str, str]) -> Snapshot:
    """Return ``snapshot`` for a run that calls no destination; ``variables`` are used where it has none of its own."""
    connectors = {
        permalink: replace(connector, authentication=None, tls=None)
        for permalink, connector in snapshot.connectors.items()
    }
    return replace(
        snapshot,
        connectors=connectors,
        secrets=_StandIns({name: _stand_in(name) for name in _read(connectors.values(), "secrets")}),
        secret_origins={},
        variables={**variables, **snapshot.variables},
    )


def read_variables(snapshot: Snapshot) -> dict[str, str]:
    """Return the variables that connectors read, as far as they have values."""
    read = _read(snapshot.connectors.values(), "variables")
    return {name: value for name, value in snapshot.variables.items() if name in read}


def stand_in_variables(snapshot: Snapshot) -> dict[str, str]:
    """Return a value for each variable that connectors read: its own name."""
    return {name: name for name in _read(snapshot.connectors.values(), "variables")}


def _read(connectors: Iterable[CompiledConnector], kind: str) -> frozenset[str]:
    return frozenset().union(*(getattr(connector, kind) for connector in connectors))


def _stand_in(name: str) -> str:
    return f"no-secret-{name}"
