"""Secrets at rest: master keys, the tenants' data keys under them, and what these encrypt. It knows no database."""

from widget_service.vault.envelope import TenantKey, WrappedKey, rewrap
from widget_service.vault.errors import (
    MasterKeyError,
    UnreadableSecret,
    UnreadableTenantKey,
    UnstorableSecret,
    VaultError,
)
from widget_service.vault.key_files import create_master_key_file, load_master_keys
from widget_service.vault.master_keys import MasterKey, MasterKeys

__all__ = [
    "MasterKey",
    "MasterKeyError",
    "MasterKeys",
    "TenantKey",
    "UnreadableSecret",
    "UnreadableTenantKey",
    "UnstorableSecret",
    "VaultError",
    "WrappedKey",
    "create_master_key_file",
    "load_master_keys",
    "rewrap",
]
