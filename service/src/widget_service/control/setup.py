"""Setting a service up: its data directory, master key, database and first tenant, each made once."""

from dataclasses import dataclass
from pathlib import Path

from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.control.admins import add_admin, list_admins
from widget_service.control.plane import ControlPlane, control_plane, open_database
from widget_service.identity.passwords import new_password
from widget_service.settings import Settings
from widget_service.storage import tenant_keys, tenants
from widget_service.storage.actors import Who
from widget_service.storage.errors import DatabaseEmpty, DatabaseUnavailable
from widget_service.storage.urls import local_file, printable_url
from widget_service.vault import MasterKeyError, create_master_key_file

FIRST_ADMIN = "admin"
_WAS_EMPTY = "The file was there and empty. If it should have held something, restore a backup in its place."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a service needs: ``what`` it is, ``where``, whether it was made just now, and what to know."""

    what: str
    where: str
    made: bool
    note: str = ""


def initialise(settings: Settings, *, actor: Who) -> list[Step]:
    """Make what is missing and leave alone what is there; return every step.

    Raises `MasterKeyError`, also where a database has keys whose master key is gone: another would open none of them.
    Raises `StorageError` and `VaultError`.
    """
    steps = [_make_data_dir(settings.data_dir), _make_master_key(settings)]
    file = local_file(settings.effective_database_url)
    is_new = file is not None and not file.exists()
    with control_plane(settings, create=True) as plane:
        was_lost = plane.database.was_empty and not is_new and file is not None
        note = _WAS_EMPTY if was_lost else ""
        steps.append(Step("database", _where(settings), plane.database.was_empty, note))
        steps.append(make_tenant(plane, actor))
        steps.append(_make_admin(plane, actor))
    return steps


def _make_data_dir(folder: Path) -> Step:
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DatabaseUnavailable(
            f"The data directory {folder.absolute()} cannot be made ({error.strerror}); "
            "set WIDGET_SERVICE_DATA_DIR to one that can."
        ) from None
    return Step("data directory", str(folder.absolute()), is_new)


def _make_master_key(settings: Settings) -> Step:
    if settings.master_key is not None:
        return Step("master key", "from the setting WIDGET_SERVICE_MASTER_KEY", False)
    file = settings.effective_master_key_file
    if not file.exists():
        _refuse_to_replace(settings, file)
    return Step("master key", str(file.absolute()), create_master_key_file(file))


def _refuse_to_replace(settings: Settings, file: Path) -> None:
    database = local_file(settings.effective_database_url)
    if database is not None and not database.exists():
        return
    try:
        with open_database(settings) as opened, opened.read() as read:
            in_use = sorted({key.master_key_id for key in tenant_keys.all_keys(read)})
    except DatabaseEmpty:
        return
    if in_use:
        raise MasterKeyError(
            f"The database {_where(settings)} holds keys under the master key '{', '.join(in_use)}', and {file} is not "
            "there. Restore it from a backup: a new one could not open them. Or move the database away, to begin anew."
        )


def _where(settings: Settings) -> str:
    url = settings.effective_database_url
    return str(local_file(url) or printable_url(url))


def _make_admin(plane: ControlPlane, actor: Who) -> Step:
    """The first admin, whose password nobody knows but who reads this."""
    known = list_admins(plane)
    if known:
        return Step("admin", ", ".join(admin.name for admin in known[:5]), False)
    password = new_password()
    add_admin(plane, FIRST_ADMIN, actor=actor, role="owner", password=password)
    return Step("admin", FIRST_ADMIN, True, f"Password, shown this once: {password}")


def make_tenant(plane: ControlPlane, actor: Who) -> Step:
    """Make the tenant that is there without a name, with a key of its own, where it is missing."""
    with plane.database.change(actor=actor, action="init", tenant_id=DEFAULT_TENANT) as change:
        is_new = tenants.find(change, DEFAULT_TENANT) is None
        if is_new:
            tenants.add(change, DEFAULT_TENANT)
        if plane.current_key(change, DEFAULT_TENANT) is None:
            plane.add_key(change, DEFAULT_TENANT)
    return Step("tenant", DEFAULT_TENANT, is_new)
