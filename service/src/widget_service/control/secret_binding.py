"""Which destinations a secret may be sent to, and the right to say so."""

from collections.abc import Callable, Iterable

from widget_service.control.origins import origin_of
from widget_service.control.plane import ControlPlane
from widget_service.control.secret_use import SecretsNotYours
from widget_service.storage import values
from widget_service.storage.actors import Who
from widget_service.storage.changes import Change
from widget_service.storage.errors import InvalidValue, NotFound
from widget_service.storage.names import shown
from widget_service.storage.values import Secret


def bind_secret(
    plane: ControlPlane,
    tenant_id: str,
    name: str,
    origins: Iterable[str],
    *,
    actor: Who,
    check: Callable[[Secret], None] = lambda _: None,
) -> Secret:
    """Send a secret to ``origins`` only from now on, to any destination where there are none; its value stays.

    ``check`` is called inside the transaction with what is there. Raises `ChangeRefused`.
    """
    bound = destinations_of(plane, origins)
    with plane.database.change(actor=actor, action="secret.bind", tenant_id=tenant_id) as change:
        check_may_set_secrets(change)
        before = values.find(change, tenant_id, name)
        if not isinstance(before, Secret):
            raise NotFound(f"There is no secret {shown(name)}.")
        check(before)
        change.summary = {"name": name, "origins": list(bound)}
        change.note(before={"origins": list(before.origins)}, after={"origins": list(bound)})
        return values.bind_secret(change, tenant_id, name, bound)


def destinations_of(plane: ControlPlane, origins: Iterable[str]) -> tuple[str, ...]:
    """Return the origins as they are kept, each once; raise `InvalidValue`."""
    return tuple(dict.fromkeys(_destination(plane, origin) for origin in origins))


def check_may_set_secrets(change: Change) -> None:
    """Raise `SecretsNotYours` where who makes the change may not set secrets."""
    if not change.by.may_use_secrets:
        raise SecretsNotYours("Setting and deleting secrets needs the right to use them.")


def _destination(plane: ControlPlane, text: str) -> str:
    origin = origin_of(text)
    if origin.startswith("http:") and not plane.settings.allow_insecure_upstreams:
        raise InvalidValue(
            f"{origin} is http: a secret could be read on its way there, and no request goes there. Bind it to "
            "https://…, or set WIDGET_SERVICE_ALLOW_INSECURE_UPSTREAMS where only developers call the service."
        )
    return origin
