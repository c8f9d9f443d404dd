"""The keys by which a tenant's user tokens are verified: kept encrypted, read for serving."""

from widget_service.control.plane import ControlPlane
from widget_service.identity.user_keys import InvalidUserKey, UserKey, as_key_set, read_user_keys
from widget_service.identity.user_tokens import UserTokens, user_keys_of
from widget_service.storage import tenant_keys, tenants, user_keys
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import InvalidValue
from widget_service.storage.user_keys import StoredUserKeys
from widget_service.vault import TenantKey, UnreadableTenantKey

JWKS_URL = "jwks_url"
"""The name of a tenant's setting."""

NAME = "user keys"
"""What they are encrypted as; no secret can have this name."""


def checked_user_keys(text: str) -> list[UserKey]:
    """Return the keys of a file; raise `InvalidValue`, which quotes none."""
    try:
        return read_user_keys(text)
    except InvalidUserKey as error:
        raise InvalidValue(f"The user key cannot be used. {error}") from None


def write_user_keys(plane: ControlPlane, change: Change, tenant_id: str, keys: list[UserKey]) -> None:
    """Keep the keys in the place of those that there were, as part of a change; without any, it has none of its own."""
    if not keys:
        user_keys.delete(change, tenant_id)
        return
    key = plane.current_key(change, tenant_id) or plane.add_key(change, tenant_id)
    version = user_keys.next_version(change, tenant_id)
    ciphertext = key.encrypt(NAME, version, as_key_set(keys))
    user_keys.put(change, tenant_id, version=version, ciphertext=ciphertext, key_id=key.id)


def read_own_keys(plane: ControlPlane, read: Read, tenant_id: str) -> list[UserKey]:
    """Return the tenant's own keys, none where it has set none; raise `VaultError`."""
    stored = user_keys.find(read, tenant_id)
    return [] if stored is None else opened(plane, read, stored)


def user_tokens_of_tenant(plane: ControlPlane, tenant_id: str) -> UserTokens:
    """Return what mints a tenant's user tokens, where the service has a secret for it; raise `NotFound`, `VaultError`.

    A tenant with keys of its own, or published ones, is not signed for by a key of the service.
    """
    with plane.database.read() as read:
        tenant = tenants.get(read, tenant_id)
        own = read_own_keys(plane, read, tenant_id)
    if not own and not tenant.settings.get(JWKS_URL):
        own = user_keys_of(plane.master_keys, tenant_id)
    return UserTokens(*own, tenant_id=tenant_id)


def opened(plane: ControlPlane, read: Read, stored: StoredUserKeys) -> list[UserKey]:
    """Return stored keys, decrypted; raise `VaultError`."""
    for key in tenant_keys.of_tenant(read, stored.tenant_id):
        if key.id == stored.key_id:
            return read_user_keys(plane.tenant_key(key).decrypt(NAME, stored.version, stored.ciphertext))
    raise UnreadableTenantKey(f"The key '{stored.key_id}' of tenant '{stored.tenant_id}' is missing.")


def reencrypt_user_keys(change: Change, tenant_id: str, old_keys: dict[str, TenantKey], new: TenantKey) -> None:
    """Encrypt the tenant's keys anew, under another of its keys, where there are any."""
    stored = user_keys.find(change, tenant_id)
    if stored is not None:
        plaintext = old_keys[stored.key_id].decrypt(NAME, stored.version, stored.ciphertext)
        try:
            ciphertext = new.encrypt(NAME, stored.version, plaintext)
        finally:
            del plaintext  # the frame of an error must not hold it
        user_keys.put(change, tenant_id, version=stored.version, ciphertext=ciphertext, key_id=new.id)
