"""Bodies as they are kept, and served again."""

import pytest

from widget_service.dev.offline.bodies import UnreadableBody, kept_body, served_body, tokens_in
from widget_service.templating.masking import Scrubber

HIDDEN = Scrubber(["s3cret", "12345678"])


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"", {}),
        (b'{"b": 1, "a": [1.5, null]}', {"json": {"b": 1, "a": [1.5, None]}}),
        (b'"s3cret"', {"json": "••••••"}),
        (
            b'{"s3cret": 12345678, "n": 912345678.5, "t": true}',
            {"json": {"••••••": "••••••", "n": "••••••", "t": True}},
        ),
        (b"[NaN]", {"text": "[NaN]"}),
        ("<p>s3cret é</p>".encode(), {"text": "<p>•••••• é</p>"}),
        (b"\xff s3cret", {"base64": "/yAqKioqKio="}),
        (b'"\\ud800"', {"json": "\ud800"}),
    ],
)
def test_a_body_is_kept_in_the_form_that_is_read_best(body, kept):
    assert kept_body(body, HIDDEN) == kept
    assert kept_body(served_body(kept), Scrubber([])) == {**kept}


@pytest.mark.parametrize("kept", [None, {"text": 1}, {"base64": "!"}])
def test_what_is_no_body_is_refused(kept):
    with pytest.raises(UnreadableBody):
        served_body(kept)


def test_tokens_are_found_wherever_they_stand():
    assert tokens_in(b'{"access_token": "a", "data": [{"refresh_token": "b", "id_token": 1}]}') == ["a", "b"]
    assert tokens_in(b"no json") == []
