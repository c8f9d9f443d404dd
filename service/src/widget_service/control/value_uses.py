"""By what secrets and variables are used, and when one was last."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from widget_service.control.definitions import readers
from widget_service.control.executions import last_sent
from widget_service.control.plane import ControlPlane
from widget_service.storage import definitions, git_sources, tenants
from widget_service.storage.git_sources import GitSource


@dataclass(frozen=True, slots=True)
class ValueUse:
    """Permalinks of what reads a value, registries whose repositories need it, and when it was sent last."""

    read_by: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()
    last_used_at: datetime | None = None


UNUSED: Final = ValueUse()


def value_uses(plane: ControlPlane, tenant_id: str) -> Mapping[str, ValueUse]:
    """Return the use of each secret and variable that anything needs, by its name; raise `NotFound`.

    A name that a template computes is not known, and not counted.
    """
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        read_by = readers(definitions.of_tenant(read, tenant_id))
        sources = git_sources.of_tenant(read, tenant_id)
        sent = last_sent(read, tenant_id)
    of_git = _registries(sources)
    looked = {source.registry_id: source.checked_at for source in sources if source.checked_at is not None}
    return {
        name: ValueUse(
            tuple(read_by.get(name, ())),
            tuple(sorted(of_git.get(name, ()))),
            max(
                (
                    *(sent[each] for each in read_by.get(name, ()) if each in sent),
                    *(looked[each] for each in of_git.get(name, ()) if each in looked),
                ),
                default=None,
            ),
        )
        for name in {*read_by, *of_git}
    }


def _registries(sources: Iterable[GitSource]) -> Mapping[str, set[str]]:
    """Return which registries' repositories are read, or pushed to, by each secret."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for source in sources:
        for name in (source.token_secret, source.webhook_secret):
            if name is not None:
                found[name].add(source.registry_id)
    return found
