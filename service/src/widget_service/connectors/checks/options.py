"""The optional parts of a connector: settings that contradict each other or the service's own."""

from collections.abc import Iterator

from cryptography import x509

from widget_service.connectors.checks.authentication import LITERAL_SECRET
from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.fields import METHODS, is_templated
from widget_service.connectors.options import IDEMPOTENT_METHODS
from widget_service.connectors.problems import Problem, listed


def check_options(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with the fields by addition, beside their types and limits."""
    method = entry.text("method") or "GET"
    yield from _check_timeout(entry)
    if (retry := entry.part("retry")) is not None:
        yield from _check_retry(retry, method)
    if (cache := entry.part("cache")) is not None:
        yield from _check_cache(cache, method)
    if (access := entry.part("access")) is not None:
        yield from _check_access(access)
    if (tls := entry.part("tls")) is not None:
        yield from _check_tls(tls)


def _check_timeout(entry: Entry) -> Iterator[Problem]:
    timeout_ms, limit_ms = entry.raw.get("timeout_ms"), entry.rules.max_timeout_ms
    if isinstance(timeout_ms, int | float) and timeout_ms > limit_ms:
        yield entry.problem(
            "timeout_ms",
            code="range",
            message=f"is {timeout_ms}",
            expected=f"at most {limit_ms}, the service's own limit",
        )


def _check_retry(retry: Entry, method: str) -> Iterator[Problem]:
    methods = retry.raw.get("methods") if retry.has("methods") else sorted(IDEMPOTENT_METHODS)
    if method in METHODS and isinstance(methods, list) and method not in methods:
        yield retry.problem(
            code="no_effect",
            message=f"does nothing for {method}",
            expected=f'"methods": ["{method}"], if making the call twice does no harm',
            severity="warning",
        )


def _check_cache(cache: Entry, method: str) -> Iterator[Problem]:
    mode = cache.text("mode") or "http"
    if mode == "force" and not cache.has("ttl"):
        yield cache.problem(
            "ttl", code="missing", message="is missing", expected="seconds to keep an answer; force needs it"
        )
    if mode != "off" and method in METHODS and method not in ("GET", "HEAD"):
        yield cache.problem(
            code="no_effect",
            message=f"does nothing for {method}",
            expected="no cache: only answers to GET and HEAD are kept",
            severity="warning",
        )


def _check_access(access: Entry) -> Iterator[Problem]:
    if access.raw.get("claims") and access.text("require") != "user":
        yield access.problem(
            "claims",
            code="contradiction",
            message="are required of callers who may be anonymous",
            expected='"require": "user" beside claims',
        )


def _check_tls(tls: Entry) -> Iterator[Problem]:
    given = {name for name in ("client_cert", "client_key") if tls.has(name)}
    if len(given) == 1:
        other = ({"client_cert", "client_key"} - given).pop()
        message = f"is missing beside {listed(given)}"
        yield tls.problem(other, code="missing", message=message, expected="certificate and key together")
    for name in ("ca", "client_cert"):
        yield from _check_certificates(tls, name)
    if (key := tls.text("client_key")) and not is_templated(key):
        yield tls.found(LITERAL_SECRET, "client_key")


def _check_certificates(tls: Entry, name: str) -> Iterator[Problem]:
    text = tls.text(name)
    if text is None:
        return
    if is_templated(text):
        expected = "the certificate itself: it is no secret. Templates are rendered in client_key only"
        yield tls.problem(name, code="template", message="holds a template", expected=expected)
        return
    try:
        x509.load_pem_x509_certificates(text.encode("utf-8", "replace"))
    except ValueError:
        expected = "one or more certificates, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
        yield tls.problem(name, code="certificate", message="is no certificate in PEM form", expected=expected)
