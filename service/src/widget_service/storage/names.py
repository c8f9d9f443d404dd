"""Which names and texts can be kept."""

import re

from widget_service.connectors.permalink import is_permalink
from widget_service.storage.errors import InvalidValue
from widget_service.storage.models import MAX_NAME_LENGTH, MAX_TENANT_LENGTH

_VALUE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_tenant_id(tenant_id: str) -> None:
    """Raise `InvalidValue` unless ``tenant_id`` can name a tenant."""
    if not is_permalink(tenant_id) or len(tenant_id) > MAX_TENANT_LENGTH:
        raise InvalidValue(
            f"{shown(tenant_id)} cannot name a tenant: at most {MAX_TENANT_LENGTH} of a-z and 0-9, with single hyphens "
            "between them."
        )


def check_permalink(permalink: str) -> None:
    """Raise `InvalidValue` unless ``permalink`` is one."""
    if not is_permalink(permalink):
        raise InvalidValue(
            f"{shown(permalink)} is no permalink: at most {MAX_NAME_LENGTH} of a-z and 0-9, with single hyphens "
            "between them."
        )


def check_value_name(name: str) -> None:
    """Raise `InvalidValue` unless ``name`` can name a secret or a variable."""
    if not _VALUE_NAME.fullmatch(name) or len(name) > MAX_NAME_LENGTH:
        raise InvalidValue(
            f"{shown(name)} cannot name a secret or a variable: letters a-z and A-Z, digits and underscores, no digit "
            f"first, at most {MAX_NAME_LENGTH}."
        )


def check_secret_name(name: str) -> None:
    """Raise `InvalidValue` unless ``name`` can name a secret; it is not repeated, as it may be the value."""
    try:
        check_value_name(name)
    except InvalidValue:
        raise InvalidValue(
            "What stands in the place of the name cannot name a secret or a variable, and is not repeated here, as it "
            "may be the value. A name has letters a-z and A-Z, digits and underscores, no digit first, at most "
            f"{MAX_NAME_LENGTH} of them."
        ) from None


def check_registry_id(registry_id: str) -> None:
    """Raise `InvalidValue` unless ``registry_id`` can name a registry."""
    if not registry_id.isprintable() or not 1 <= len(registry_id) <= MAX_NAME_LENGTH:
        raise InvalidValue(f"{shown(registry_id)} cannot name a registry: 1 to {MAX_NAME_LENGTH} printable characters.")


def check_text(text: str, what: str) -> None:
    """Raise `InvalidValue` unless every database can keep ``text``; ``what`` is the message's name for it."""
    if "\0" in text:
        raise InvalidValue(f"{what} holds a NUL character, which no database can keep; leave it out.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue(f"{what} holds half of a surrogate pair, which is no character; leave it out.") from None


def shown(name: str) -> str:
    """A name as it may stand in a message: short, and printable in any encoding."""
    return ascii(name if len(name) <= 80 else name[:79] + "…")
