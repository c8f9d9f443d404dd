"""When a call is made again, and after which pause: a table."""

from datetime import UTC, datetime

import pytest

from widget_service.connectors.options import Retry
from widget_service.errors import ConfigurationError, UpstreamError
from widget_service.execution.limits.retries import pause_after_answer, pause_after_failure, retry_after_s


def error(code="UPSTREAM_UNREACHABLE", *, never_sent=False):
    made = UpstreamError(code, "it did not work")
    made.never_sent = never_sent
    return made


THREE = Retry(attempts=3)
POST_TOO = Retry(attempts=3, methods=("GET", "POST"))


@pytest.mark.parametrize(
    ("retry", "method", "attempt", "failure", "pause_s"),
    [
        (None, "GET", 1, error(never_sent=True), None),
        (Retry(attempts=1), "GET", 1, error(), None),
        (THREE, "GET", 1, error(), 0.1),
        (THREE, "GET", 2, error(), 0.2),
        (THREE, "GET", 3, error(), None),
        (THREE, "DELETE", 1, error(), 0.1),
        (THREE, "POST", 1, error(), None),
        (THREE, "PATCH", 1, error(), None),
        (THREE, "POST", 1, error(never_sent=True), 0.1),
        (POST_TOO, "POST", 1, error(), 0.1),
        (POST_TOO, "PUT", 1, error(), None),
        (THREE, "GET", 1, error("UPSTREAM_TIMEOUT", never_sent=True), 0.1),
        (THREE, "GET", 1, error("UPSTREAM_TLS_ERROR", never_sent=True), None),
        (THREE, "GET", 1, error("UPSTREAM_INVALID_RESPONSE"), None),
        (THREE, "GET", 1, ConfigurationError("DESTINATION_NOT_ALLOWED", "no"), None),
    ],
)
def test_after_a_failure(retry, method, attempt, failure, pause_s):
    assert pause_after_failure(retry, method, attempt, failure, lambda: 0.0) == pause_s


@pytest.mark.parametrize(
    ("retry", "method", "attempt", "status", "retry_after", "pause_s"),
    [
        (None, "GET", 1, 503, None, None),
        (THREE, "GET", 1, 200, None, None),
        (THREE, "GET", 1, 500, None, None),
        (THREE, "GET", 1, 503, None, 0.1),
        (THREE, "GET", 1, 429, "2", 2),
        (THREE, "GET", 1, 502, "0", 0.1),
        (THREE, "GET", 1, 504, "nonsense", 0.1),
        (THREE, "GET", 3, 503, "1", None),
        (THREE, "POST", 1, 503, None, None),
        (POST_TOO, "POST", 1, 503, None, 0.1),
    ],
)
def test_after_an_answer(retry, method, attempt, status, retry_after, pause_s):
    assert pause_after_answer(retry, method, attempt, status, retry_after, lambda: 0.0) == pause_s


def test_those_who_failed_together_do_not_return_together():
    pauses = {pause_after_failure(THREE, "GET", 1, error(), lambda part=part: part) for part in (0.0, 0.5, 0.99)}
    assert len(pauses) == 3


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("Sun, 01 Nov 2026 12:00:30 GMT", 30),
        ("Sun, 01 Nov 2026 11:00:00 GMT", 0),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("", None),
        ("soon", None),
        ("9" * 400, 999_999_999),
    ],
)
def test_retry_after(text, seconds):
    assert retry_after_s(text, datetime(2026, 11, 1, 12, tzinfo=UTC)) == seconds
