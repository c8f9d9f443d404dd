"""Credentials that stand in a definition as plain text: which they are, and the definition without them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from widget_service.connectors.authentication_config import CONFIGS
from widget_service.connectors.fields import is_templated
from widget_service.connectors.problems import Problem, json_path
from widget_service.templating import TemplateSyntaxError, analyse
from widget_service.templating.masking import MASK

_NAMES: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "token", "key", "secret", "password", "apikey", "x-apikey"}
)
_ENDINGS: Final = ("-token", "-key", "-secret", "-password")
_CONFIG_FIELDS: Final = frozenset().union(*(model.secret_fields for model in CONFIGS.values()))
_PARAMETERS: Final = ("headers", "query_parameters")


def is_credential_name(name: str) -> bool:
    """Whether a header or parameter of that name usually carries a credential."""
    plain = name.strip().lower().replace("_", "-")
    return plain in _NAMES or plain.endswith(_ENDINGS)


def is_literal(source: str) -> bool:
    """Whether a template reads nothing, so that it prints what stands in it."""
    if not is_templated(source):
        return True
    try:
        reads = analyse(source)
    except TemplateSyntaxError:
        return True
    return not (reads.names or reads.indirect)


def without_literals(raw: Any) -> Any:
    """Return a connector or composite as it may be shown, with the mask in the place of each literal credential."""
    if not isinstance(raw, Mapping):
        return raw
    masked = dict(raw)
    for name in _PARAMETERS:
        if isinstance(raw.get(name), list):
            masked[name] = [_parameter(item) for item in raw[name]]
    if isinstance(raw.get("authentication"), Mapping):
        authentication = dict(raw["authentication"])
        if "config" in authentication:
            authentication["config"] = _config(authentication["config"])
        masked["authentication"] = authentication
    if isinstance(raw.get("tls"), Mapping) and "client_key" in raw["tls"]:
        masked["tls"] = {**raw["tls"], "client_key": _hidden(raw["tls"]["client_key"])}
    if isinstance(raw.get("steps"), list):
        masked["steps"] = [without_literals(step) for step in raw["steps"]]
    return masked


def masks_in(raw: Any, base: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """Yield each place where the mask stands that `without_literals` has put there: the credential would be lost."""
    if raw == MASK:
        yield Problem(
            path=json_path(base),
            code="masked",
            message="is the mask that is shown in the place of a credential to who may not see it, and no value",
            expected="the credential itself, or better {{ get_secret('NAME') }}; or have an owner make the change",
        )
    elif isinstance(raw, Mapping):
        for name, inner in raw.items():
            yield from masks_in(inner, (*base, str(name)))
    elif isinstance(raw, list):
        for index, inner in enumerate(raw):
            yield from masks_in(inner, (*base, index))


def _parameter(item: Any) -> Any:
    if isinstance(item, Mapping) and is_credential_name(str(item.get("key"))) and "value" in item:
        return {**item, "value": _hidden(item["value"])}
    return item


def _config(value: Any) -> Any:
    """The name of a header or parameter, the field ``key``, is no credential."""
    if isinstance(value, Mapping):
        return {name: _hidden(inner) if _is_secret(name) else _config(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_config(inner) for inner in value]
    return value


def _is_secret(name: str) -> bool:
    return name in _CONFIG_FIELDS or (name != "key" and is_credential_name(name))


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return MASK if value and is_literal(value) else value
    return value if value is None or isinstance(value, bool) else MASK
