"""Secrets and variables: set, listed and deleted; a secret goes in and never comes out."""

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

from widget_service.control.plane import ControlPlane, wrapped
from widget_service.control.secret_binding import check_may_set_secrets, destinations_of
from widget_service.control.secret_use import Wanted, check_secret_use
from widget_service.control.user_keys import reencrypt_user_keys
from widget_service.storage import audit, tenant_keys, tenants, values
from widget_service.storage.actors import Who
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import InvalidValue
from widget_service.storage.names import check_secret_name
from widget_service.storage.values import Secret, Variable
from widget_service.vault import TenantKey, VaultError, rewrap

Check = Callable[[Any], None]
"""Is called inside the transaction with the secret or variable that is there, or None; what it raises is raised."""


def any_state(_: object) -> None:
    """The check of who does not mind what is there."""


def set_secret(
    plane: ControlPlane,
    tenant_id: str,
    name: str,
    value: str,
    *,
    actor: Who,
    origins: Iterable[str] | None = None,
    check: Check = any_state,
) -> Secret:
    """Encrypt and keep a secret. ``origins`` binds it to destinations; None leaves the binding that it has.

    Raises `ChangeRefused` and `VaultError`; no error holds the value.
    """
    try:
        check_secret_name(name)
        if not value:
            raise InvalidValue(f"The value of {name} is empty; delete the secret instead.")
        bound = None if origins is None else destinations_of(plane, origins)
        with plane.database.change(actor=actor, action="secret.set", tenant_id=tenant_id) as change:
            check_may_set_secrets(change)
            check(_secret_found(change, tenant_id, name))
            return write_secret(plane, change, tenant_id, name, value, origins=bound)
    finally:
        del value  # the frame of an error must not hold it


def _secret_found(read: Read, tenant_id: str, name: str) -> Secret | None:
    found = values.find(read, tenant_id, name)
    return found if isinstance(found, Secret) else None


def _variable_found(read: Read, tenant_id: str, name: str) -> Variable | None:
    found = values.find(read, tenant_id, name)
    return found if isinstance(found, Variable) else None


def write_secret(
    plane: ControlPlane,
    change: Change,
    tenant_id: str,
    name: str,
    value: str,
    *,
    origins: tuple[str, ...] | None = None,
) -> Secret:
    """Encrypt and keep a secret as part of a change; ``origins`` of None leaves the binding that it has."""
    try:
        tenants.get(change, tenant_id)
        stored = values.find(change, tenant_id, name)
        key = plane.current_key(change, tenant_id) or plane.add_key(change, tenant_id)
        version = values.next_version(change, tenant_id, name)
        kept = stored.origins if isinstance(stored, Secret) and origins is None else origins or ()
        told = {"version": version, "digest": key.digest(value), "origins": list(kept)}
        change.summary = {"name": name, **told}
        change.note(before=_told(plane, change, stored, key), after=told)
        ciphertext = key.encrypt(name, version, value)
        return values.set_secret(
            change, tenant_id, name, version=version, ciphertext=ciphertext, key_id=key.id, origins=kept
        )
    finally:
        del value  # the frame of an error must not hold it


def _told(plane: ControlPlane, read: Read, stored: object, key: TenantKey | None) -> dict[str, object] | None:
    """Return what the audit log holds of a secret, with its digest by the key that digests the new one."""
    if not isinstance(stored, Secret) or key is None:
        return None
    told: dict[str, object] = {"version": stored.version, "origins": list(stored.origins)}
    with contextlib.suppress(VaultError, KeyError):
        keys = {each.id: each for each in tenant_keys.of_tenant(read, stored.tenant_id)}
        value = plane.tenant_key(keys[stored.key_id]).decrypt(stored.name, stored.version, stored.ciphertext)
        told["digest"] = key.digest(value)
    return told


def _variables(read: Read, tenant_id: str) -> dict[str, str]:
    return {variable.name: variable.value for variable in values.variables_of(read, tenant_id)}


def secret_value(plane: ControlPlane, read: Read, tenant_id: str, name: str) -> str | None:
    """Return a secret's value, for the service's own use; None where there is no such secret. Raises `VaultError`."""
    stored = values.find(read, tenant_id, name)
    if not isinstance(stored, Secret):
        return None
    keys = {key.id: key for key in tenant_keys.of_tenant(read, tenant_id)}
    return plane.tenant_key(keys[stored.key_id]).decrypt(name, stored.version, stored.ciphertext)


def set_variable(
    plane: ControlPlane, tenant_id: str, name: str, value: str, *, actor: Who, check: Check = any_state
) -> Variable:
    """Keep a variable; raise `ChangeRefused`."""
    with plane.database.change(actor=actor, action="variable.set", tenant_id=tenant_id) as change:
        check(_variable_found(change, tenant_id, name))
        known = _variables(change, tenant_id)
        check_secret_use(change, tenant_id, change.by, Wanted(variables={**known, name: value}))
        change.summary = {"name": name, "value": value}
        change.note(before=known.get(name), after=value)
        return values.set_variable(change, tenant_id, name, value)


def list_secrets(plane: ControlPlane, tenant_id: str) -> list[Secret]:
    """Return the tenant's secrets by name, without their values."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        return values.secrets_of(read, tenant_id)


def list_variables(plane: ControlPlane, tenant_id: str) -> list[Variable]:
    """Return the tenant's variables by name."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        return values.variables_of(read, tenant_id)


def remove_secret(plane: ControlPlane, tenant_id: str, name: str, *, actor: Who, check: Check = any_state) -> None:
    """Delete a secret; raise `NotFound`."""
    with plane.database.change(actor=actor, action="secret.rm", tenant_id=tenant_id) as change:
        check_may_set_secrets(change)
        stored = _secret_found(change, tenant_id, name)
        if stored is not None:
            check(stored)
        change.summary = {"name": name}
        change.note(before=_told(plane, change, stored, plane.current_key(change, tenant_id)))
        values.delete(change, tenant_id, name, "secret")


def remove_variable(plane: ControlPlane, tenant_id: str, name: str, *, actor: Who, check: Check = any_state) -> None:
    """Delete a variable; raise `NotFound`."""
    with plane.database.change(actor=actor, action="variable.rm", tenant_id=tenant_id) as change:
        found = _variable_found(change, tenant_id, name)
        if found is not None:
            check(found)
        known = _variables(change, tenant_id)
        left = {other: value for other, value in known.items() if other != name}
        check_secret_use(change, tenant_id, change.by, Wanted(variables=left))
        change.summary = {"name": name}
        change.note(before=known.get(name))
        values.delete(change, tenant_id, name, "variable")


def rotate_master_key(plane: ControlPlane, *, actor: Who) -> int:
    """Put every tenant's keys under the first master key; return how many were under another.

    After that the other master keys are not needed any more. Raises `UnreadableTenantKey` where one is missing now.
    """
    with plane.database.change(actor=actor, action="master-key.rotate") as change:
        stored = tenant_keys.all_keys(change)
        renewed = [(old, rewrap(plane.master_keys, wrapped(old))) for old in stored]
        changed = [(old, new) for old, new in renewed if new.master_key_id != old.master_key_id]
        for old, new in changed:
            tenant_keys.rewrap(change, old.tenant_id, old.id, master_key_id=new.master_key_id, blob=new.blob)
        if changed:
            change.summary = {"keys": len(changed), "master_key": plane.master_keys.primary.id}
        audit.sign_again(change.connection, plane.audit_keys.sign)
    return len(changed)


def renew_tenant_key(plane: ControlPlane, tenant_id: str, *, actor: Who) -> int:
    """Encrypt all secrets of a tenant anew, under a new key, and delete its old ones; return how many secrets."""
    with plane.database.change(actor=actor, action="tenant-key.renew", tenant_id=tenant_id) as change:
        old_keys = {key.id: plane.tenant_key(key) for key in tenant_keys.of_tenant(change, tenant_id)}
        new = plane.add_key(change, tenant_id)
        secrets = values.secrets_of(change, tenant_id)
        for secret in secrets:
            _reencrypt(change, secret, old_keys[secret.key_id], new)
        reencrypt_user_keys(change, tenant_id, old_keys, new)
        for key_id in old_keys:
            tenant_keys.delete(change, tenant_id, key_id)
        change.summary = {"secrets": len(secrets), "key": new.id}
    return len(secrets)


def _reencrypt(change: Change, secret: Secret, old: TenantKey, new: TenantKey) -> None:
    plaintext = old.decrypt(secret.name, secret.version, secret.ciphertext)
    try:
        values.reencrypt_secret(
            change,
            secret.tenant_id,
            secret.name,
            version=secret.version,
            ciphertext=new.encrypt(secret.name, secret.version, plaintext),
            key_id=new.id,
        )
    finally:
        del plaintext  # the frame of an error must not hold it
