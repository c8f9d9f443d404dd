"""The order of the examination: what stands on something else is looked at only when that holds."""

from collections.abc import Iterator
from pathlib import Path

from widget_service.control.doctor import cache, content, database, installation, snapshot, watching
from widget_service.control.doctor.finding import Finding, good, wrong
from widget_service.control.plane import ControlPlane, open_database, read_master_keys
from widget_service.settings import Settings, SettingsError, load_settings
from widget_service.storage.errors import StorageError
from widget_service.vault import MasterKeyError, MasterKeys


def examine(config: Path | None = None) -> Iterator[Finding]:
    """Yield every finding over the settings of this process; nothing is raised for what is wrong."""
    try:
        settings = load_settings(file=config)
    except SettingsError as error:
        yield wrong("settings", str(error), "mend these settings; widget-service settings prints the table")
        return
    yield from installation.settings_findings(settings, config)
    yield from installation.data_dir_findings(settings.data_dir)
    yield from installation.authority_findings()
    yield from installation.port_findings(settings)
    keys = None
    try:
        keys = read_master_keys(settings)
        yield _keys_found(keys)
    except MasterKeyError as error:
        yield wrong("master keys", str(error))
    if keys is not None:
        yield from snapshot.findings(settings, keys)
    yield from cache.findings(settings)
    yield from watching.findings(settings)
    yield from _database(settings, keys)


def examine_running(plane: ControlPlane) -> Iterator[Finding]:
    """Yield what is known of a running service: all but what only matters before it is started. Blocks."""
    yield from installation.data_dir_findings(plane.settings.data_dir)
    yield from installation.authority_findings()
    yield _keys_found(plane.master_keys)
    yield from snapshot.findings(plane.settings, plane.master_keys)
    yield from cache.findings(plane.settings)
    yield from watching.findings(plane.settings)
    try:
        yield from database.findings(plane.settings, plane.database)
        yield from content.findings(plane)
    except StorageError as error:
        yield wrong("database", str(error))


def _keys_found(keys: MasterKeys) -> Finding:
    others = keys.ids[1:]
    more = f"; {', '.join(others)} only read{'s' if len(others) == 1 else ''}" if others else ""
    return good("master keys", f"{keys.primary.id} encrypts and signs{more}")


def _database(settings: Settings, keys: MasterKeys | None) -> Iterator[Finding]:
    try:
        with open_database(settings) as opened:
            yield from database.findings(settings, opened)
            if keys is not None:
                yield from content.findings(ControlPlane(opened, keys, settings))
    except StorageError as error:
        yield wrong("database", str(error))
