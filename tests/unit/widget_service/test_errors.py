"""The closed list of error codes is the same in the service and in the protocol."""

import json
from pathlib import Path

from widget_service.envelope import error_body, error_headers
from widget_service.errors import STATUS_BY_CODE, CallerError, ConfigurationError

PROTOCOL = json.loads((Path(__file__).parents[3] / "protocol" / "errors.json").read_text())


def test_codes_and_statuses_are_those_of_the_protocol():
    assert {error["code"]: error["status"] for error in PROTOCOL["errors"]} == STATUS_BY_CODE


def test_the_envelope():
    error = ConfigurationError("TEMPLATE_ERROR", "line 1: …", params=["a"])
    assert json.loads(error_body(error, "r-1")) == {
        "success": False,
        "errors": {
            "code": "TEMPLATE_ERROR",
            "detail": "line 1: …",
            "scope": "Configuration (template rendering)",
            "params": ["a"],
        },
        "request_id": "r-1",
    }


def test_scope_and_params_are_left_out_where_there_are_none():
    body = json.loads(error_body(CallerError("ACCESS_DENIED", "No."), "r-1"))
    assert body["errors"] == {"code": "ACCESS_DENIED", "detail": "No."}


def test_an_error_is_never_stored():
    assert ("Cache-Control", "no-store") in error_headers(CallerError("ACCESS_DENIED", "No."))
