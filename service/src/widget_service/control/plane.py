"""The control plane's state: the database, and the keys that open what it holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from widget_service.identity.keys import SigningKeys
from widget_service.settings import Settings
from widget_service.storage import tenant_keys
from widget_service.storage.changes import Change, Read
from widget_service.storage.tenant_keys import StoredKey
from widget_service.vault import MasterKeys, TenantKey, UnreadableTenantKey, WrappedKey, load_master_keys

if TYPE_CHECKING:
    from widget_service.storage.database import Database


class ControlPlane:
    """One database with its master keys. Everything here blocks; an event loop calls it in a thread."""

    def __init__(self, database: "Database", master_keys: MasterKeys, settings: Settings) -> None:
        self.database = database
        self.master_keys = master_keys
        self.settings = settings
        self.audit_keys = SigningKeys(master_keys.derive("audit"))
        database.sign_audit = self.audit_keys.sign
        self._opened: dict[tuple[str, str, bytes], TenantKey] = {}

    def tenant_key(self, stored: StoredKey) -> TenantKey:
        """Return a stored key, open; raise `UnreadableTenantKey`."""
        known = (stored.tenant_id, stored.id, stored.blob)
        if known not in self._opened:
            self._opened[known] = TenantKey.unwrap(self.master_keys, wrapped(stored))
        return self._opened[known]

    def current_key(self, read: Read, tenant_id: str) -> TenantKey | None:
        """Return the key that encrypts the tenant's secrets, None where there is none yet."""
        stored = tenant_keys.current(read, tenant_id)
        return None if stored is None else self.tenant_key(stored)

    def add_key(self, change: Change, tenant_id: str) -> TenantKey:
        """Make a new key for the tenant, the current one from now on.

        Raises `UnreadableTenantKey` where the master keys open none of the keys that there are: a wrong master key
        must not come to be needed beside the right one.
        """
        self._open_any(tenant_keys.all_keys(change))
        key = TenantKey.create(tenant_id)
        sealed = key.wrap(self.master_keys)
        tenant_keys.add(change, tenant_id, key.id, master_key_id=sealed.master_key_id, blob=sealed.blob)
        return key

    def _open_any(self, stored: list[StoredKey]) -> None:
        for number, key in enumerate(stored, start=1):
            try:
                self.tenant_key(key)
            except UnreadableTenantKey:
                if number == len(stored):
                    raise
            else:
                return


def wrapped(stored: StoredKey) -> WrappedKey:
    """Return a stored key as the vault knows it."""
    return WrappedKey(stored.id, stored.tenant_id, stored.master_key_id, stored.blob)


@contextmanager
def control_plane(settings: Settings, *, create: bool = False) -> Iterator[ControlPlane]:
    """Open the control plane of ``settings``; with ``create``, make a database where there is none.

    Raises `StorageError` and `MasterKeyError`, each with a sentence that says what to do.
    """
    keys = read_master_keys(settings)
    with open_database(settings, create=create) as database:
        yield ControlPlane(database, keys, settings)


@contextmanager
def serving_plane(settings: Settings) -> Iterator[ControlPlane]:
    """Open a control plane whose database need not be there yet: it is opened as soon as it can be reached.

    Raises `MasterKeyError`; what needs the database raises `StorageError` until it is there.
    """
    from widget_service.storage.late import LateDatabase

    database = LateDatabase(settings.effective_database_url)
    try:
        yield ControlPlane(database, read_master_keys(settings), settings)
    finally:
        database.close()


@contextmanager
def open_database(settings: Settings, *, create: bool = False) -> Iterator["Database"]:
    """Open the database alone, for as long as the block lasts; raise `StorageError`."""
    from widget_service.storage.database import Database

    database = Database.open(settings.effective_database_url, create=create)
    try:
        yield database
    finally:
        database.close()


def read_master_keys(settings: Settings) -> MasterKeys:
    """Return the master keys that the settings name; raise `MasterKeyError`."""
    if settings.master_key is not None:
        return load_master_keys(settings.master_key.get_secret_value(), None)
    return load_master_keys(None, settings.effective_master_key_file)
