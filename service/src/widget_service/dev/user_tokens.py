"""The user tokens of development mode, signed by a key of the repository's own state."""

from pathlib import Path

from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.dev.config import STATE_DIR
from widget_service.identity.user_tokens import UserTokens
from widget_service.vault import MasterKeys, create_master_key_file, load_master_keys

MASTER_KEY_NAME = "master.key"


def dev_master_key(repo: Path) -> MasterKeys:
    """Return the repository's own master key, made on first use; raise `MasterKeyError` when it cannot be used."""
    file = repo / STATE_DIR / MASTER_KEY_NAME
    create_master_key_file(file)
    return load_master_keys(None, file)


def user_tokens_of(repo: Path) -> UserTokens:
    """Return the user tokens that development mode mints and accepts for a repository."""
    return UserTokens.from_master_keys(dev_master_key(repo), tenant_id=DEFAULT_TENANT)
