"""Secrets are found in texts by their value, also where they were encoded on the way."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.templating.masking import MASK, Scrubber

SECRET = 's3cr3t "välue"/+?&\n end'

FORMS = [
    SECRET,
    json.dumps(SECRET),
    json.dumps({"a": [SECRET]}, ensure_ascii=False),
    json.dumps(json.dumps({"a": SECRET})),
    json.dumps(SECRET).replace("/", "\\/"),
    json.dumps(json.dumps(SECRET).replace("/", "\\/")),
    json.dumps(SECRET).replace("&", "\\u0026"),
    html.escape(SECRET),
    html.escape(SECRET).replace("&quot;", "&#34;"),
    html.escape(SECRET, quote=False),
    quote(SECRET),
    quote(quote(SECRET, safe=""), safe=""),
    quote(SECRET, safe=""),
    quote_plus(SECRET),
    SECRET.encode().hex(),
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_masked(form):
    scrubbed = Scrubber([SECRET, "other"]).scrub(f"before {form} after")
    assert MASK in scrubbed
    assert "s3cr3t" not in scrubbed
    assert scrubbed.startswith("before ")
    assert scrubbed.endswith(" after")


@given(before=st.text(max_size=5), after=st.text(max_size=5))
def test_base64_hides_nothing_whatever_stands_beside(before, after):
    text = base64.b64encode((before + SECRET + after).encode()).decode()
    assert MASK in Scrubber([SECRET]).scrub(text)


def test_short_values_stay_since_they_stand_everywhere():
    assert Scrubber(["a", ""]).scrub("a banana") == "a banana"
