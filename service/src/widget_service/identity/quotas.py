"""How much a tenant may have and do; None is no limit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """``max_connectors`` holds for what is kept, the others for what is executed.

    ``max_concurrent_executions`` is counted in each process, the ones per minute in all of them where they share a
    Valkey.
    """

    max_connectors: int | None = None
    executions_per_minute: int | None = None
    executions_per_minute_and_caller: int | None = None
    max_concurrent_executions: int | None = None

    @classmethod
    def from_stored(cls, kept: Mapping[str, int]) -> "Quotas":
        """Read what is kept of a tenant's quotas."""
        return cls(**{name: kept[name] for name in cls.__slots__ if kept.get(name)})

    def as_stored(self) -> dict[str, int]:
        """Return what is kept: only what is limited."""
        return {name: value for name, value in asdict(self).items() if value}


NO_QUOTAS = Quotas()
