"""Every error of libcurl is one of the errors of the wire protocol."""

import pytest

from widget_service.egress.addresses import Verdict
from widget_service.egress.failures import Phase, failure_of, not_allowed
from widget_service.egress.policy import Refused
from widget_service.errors import SCOPE_DESTINATION, SCOPE_DOWNSTREAM

C, S, H, B = Phase.CONNECTING, Phase.SENT, Phase.HEADERS, Phase.BODY


@pytest.mark.parametrize(
    ("code", "phase", "expected"),
    [
        (6, C, "UPSTREAM_UNREACHABLE"),
        (7, C, "UPSTREAM_UNREACHABLE"),
        (28, C, "UPSTREAM_TIMEOUT"),
        (28, B, "UPSTREAM_TIMEOUT"),
        (35, C, "UPSTREAM_TLS_ERROR"),
        (60, C, "UPSTREAM_TLS_ERROR"),
        (77, C, "UPSTREAM_TLS_ERROR"),
        (52, S, "UPSTREAM_UNREACHABLE"),
        (55, S, "UPSTREAM_UNREACHABLE"),
        (56, S, "UPSTREAM_UNREACHABLE"),
        (56, H, "UPSTREAM_INVALID_RESPONSE"),
        (56, B, "UPSTREAM_INVALID_RESPONSE"),
        (1, S, "UPSTREAM_INVALID_RESPONSE"),
        (8, H, "UPSTREAM_INVALID_RESPONSE"),
        (18, B, "UPSTREAM_INVALID_RESPONSE"),
        (61, B, "UPSTREAM_INVALID_RESPONSE"),
        (92, B, "UPSTREAM_INVALID_RESPONSE"),
        (100, H, "UPSTREAM_INVALID_RESPONSE"),
    ],
)
def test_code(code, phase, expected):
    assert failure_of(code, phase, "a.example").code == expected


@pytest.mark.parametrize("phase", list(Phase))
def test_every_code_has_an_error_that_names_the_host_and_keeps_libcurls_words_for_the_log(phase):
    for code in range(120):
        error = failure_of(code, phase, "a.example", "words of libcurl with k3y")
        assert error.status == 502
        assert error.scope == SCOPE_DOWNSTREAM
        assert "a.example" in error.detail
        assert "k3y" not in error.detail
        assert "k3y" in error.log_detail


def test_which_rule_refused_only_the_log_learns():
    error = not_allowed(Refused(Verdict.PRIVATE, "a.example leads to 10.0.0.1"))
    assert (error.code, error.status, error.scope) == ("DESTINATION_NOT_ALLOWED", 422, SCOPE_DESTINATION)
    assert "10.0.0.1" not in error.detail
    assert "PRIVATE: a.example" in error.log_detail
    assert error.rule == "private"
