"""Authentication: that nothing secret stands in a registry, and that token endpoints are safe destinations."""

from collections.abc import Iterator
from dataclasses import replace

from widget_service.connectors.authentication_config import config_model
from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.fields import HEADER_NAME_PATTERN, MAX_URL_LENGTH, PATTERNS, is_templated
from widget_service.connectors.problems import Finding, Problem, shown
from widget_service.connectors.url_rules import check_url
from widget_service.egress.request_lines import OF_THE_CONNECTION
from widget_service.header_values import is_header_name

LITERAL_SECRET = Finding(
    code="literal_secret",
    message="stands in the registry as plain text",
    expected="a secret of the service: {{ get_secret('name') }}",
    severity="warning",
)


def check_authentication(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with the ``authentication`` of a connector or step, beside its types and limits."""
    authentication = entry.part("authentication")
    if authentication is None:
        return
    config = authentication.part("config")
    if config is None:
        return
    yield from _check_type(authentication, config)
    yield from _check_secrets(authentication, config)
    yield from _check_header(authentication, config)
    yield from _check_token_url(config)


def _check_type(authentication: Entry, config: Entry) -> Iterator[Problem]:
    if not authentication.has("type") and config.raw:
        yield authentication.problem(
            "type", code="missing", message="is missing beside config", expected="the way to sign in, such as api_key"
        )


def _check_secrets(authentication: Entry, config: Entry) -> Iterator[Problem]:
    model = config_model(authentication.raw.get("type"))
    for name in sorted(model.secret_fields if model else ()):
        text = config.text(name)
        if text and not is_templated(text):
            yield config.found(LITERAL_SECRET, name)


def _check_header(authentication: Entry, config: Entry) -> Iterator[Problem]:
    key = config.text("key")
    is_header = authentication.raw.get("type") in ("api_key", "apikey") and config.raw.get("in") == "header"
    if not is_header or not key or is_templated(key):
        return
    if not is_header_name(key):
        yield config.problem("key", code="pattern", message=f"is {shown(key)}", expected=PATTERNS[HEADER_NAME_PATTERN])
    elif key.lower() in OF_THE_CONNECTION:
        message = f"is '{key}', which the service sets itself for each connection"
        yield config.problem("key", code="forbidden_header", message=message, expected="another header")


def _check_token_url(config: Entry) -> Iterator[Problem]:
    url = config.text("token_url")
    if url and len(url) <= MAX_URL_LENGTH and not is_templated(url):
        for finding in check_url(url, config.rules):
            is_fragment = finding.code == "url_fragment"  # a token endpoint has none (RFC 6749 §3.2)
            yield config.found(replace(finding, severity="error") if is_fragment else finding, "token_url")
