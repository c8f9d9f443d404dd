"""The user tokens of development mode, signed by a key of the repository's own state."""

from pathlib import Path

from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.dev.config import STATE_DIR
from widget_service.identity.keys import read_or_create_master_key
from widget_service.identity.user_tokens import UserTokens

MASTER_KEY_NAME = "master.key"


def dev_master_key(repo: Path) -> bytes:
    """Return the repository's own master key, made on first use."""
    return read_or_create_master_key(repo / STATE_DIR / MASTER_KEY_NAME)


def user_tokens_of(repo: Path) -> UserTokens:
    """Return the user tokens that development mode mints and accepts for a repository."""
    return UserTokens.from_master_key(dev_master_key(repo), tenant_id=DEFAULT_TENANT)
