"""A widget repository as development mode sees it: what was last read from it that was good, and what is wrong now."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from widget_service.connectors.problems import Problem
from widget_service.connectors.snapshot import Snapshot, SnapshotHolder, build_snapshot
from widget_service.dev.config import DevConfig, dev_config_file, read_dev_config
from widget_service.registry.load import read_registry
from widget_service.registry.validate import Report, validate_connectors
from widget_service.settings import Settings

REGISTRY_NAME = "connectors_registry.json"

log = structlog.get_logger("widget_service.dev")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the repository's connector registry and ``dev.toml``."""

    config: DevConfig
    report: Report
    config_problems: list[Problem] = field(default_factory=list)
    registry_problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        """What keeps the reading from being served."""
        return [p for p in (*self.config_problems, *self.registry_problems) if p.severity == "error"]


class Workspace:
    """Keeps a snapshot in step with a repository's files. A reading with errors leaves the last good one served.

    Before the first good one there is nothing to leave: then the definitions without an error of their own are served.
    ``prepare`` makes the snapshot that is served of the one that was read.
    """

    def __init__(
        self,
        repo: Path,
        snapshots: SnapshotHolder,
        settings: Settings,
        prepare: Callable[[Snapshot], Snapshot] = lambda snapshot: snapshot,
    ) -> None:
        self.repo = repo
        self.reading: Reading | None = None
        self._snapshots = snapshots
        self._settings, self._prepare = settings, prepare
        self._was_good = False

    def concerns(self, changed: set[Path]) -> bool:
        """Whether one of the ``changed`` files is one that `load` reads."""
        return not changed.isdisjoint({self.repo / REGISTRY_NAME, dev_config_file(self.repo)})

    def load(self) -> Reading:
        """Read the repository, and serve it unless an earlier reading was better."""
        self.reading = reading = read_repository(self.repo, self._settings)
        if not reading.errors or not self._was_good:
            self._was_good = not reading.errors
            snapshot = build_snapshot(
                reading.report.connectors,
                secrets=reading.config.secrets,
                variables=reading.config.variables,
                composites=reading.report.composites,
            )
            self._snapshots.replace(self._prepare(snapshot))
        return reading


def read_repository(repo: Path, settings: Settings) -> Reading:
    """Read and check ``connectors_registry.json`` and ``dev.toml`` of a repository."""
    config, config_problems = read_dev_config(dev_config_file(repo))
    file = repo / REGISTRY_NAME
    if not file.exists():
        return Reading(config, Report(), config_problems)
    data, problems = read_registry(file)
    if data is None:
        return Reading(config, Report(), config_problems, problems)
    report = validate_connectors(
        data,
        allow_insecure=settings.allow_insecure_upstreams,
        allowed_private_networks=settings.allowed_private_networks,
        max_timeout_ms=int(settings.upstream_timeout_s * 1000),
    )  # nothing about secrets and variables: what is missing is told once, as the lines to add to dev.toml
    return Reading(config, report, config_problems, [*problems, *report.problems])
