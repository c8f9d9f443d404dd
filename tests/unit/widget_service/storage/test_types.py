"""Moments are aware and in UTC; JSON keeps its order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from widget_service.storage.types import JsonText, UtcDateTime

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DIALECTS = [sqlite.dialect(), postgresql.dialect()]


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_moments_are_stored_in_utc(dialect):
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    stored = UtcDateTime().process_bind_param(elsewhere, dialect)
    assert (stored, stored.tzinfo) == (NOON, UTC)


@pytest.mark.parametrize("read", [NOON.replace(tzinfo=None), NOON, NOON.astimezone(timezone(timedelta(hours=-3)))])
def test_moments_come_back_in_utc(read):
    back = UtcDateTime().process_result_value(read, DIALECTS[0])
    assert (back, back.tzinfo) == (NOON, UTC)


def test_a_moment_without_zone_is_a_mistake():
    with pytest.raises(ValueError, match="without a time zone"):
        UtcDateTime().process_bind_param(NOON.replace(tzinfo=None), DIALECTS[0])


@pytest.mark.parametrize("value", [None, [], {"b": 1, "a": [True, None, 1.5]}, "ü🌱\ud800\0"])
def test_json_comes_back_as_it_was(value):
    text = JsonText().process_bind_param(value, DIALECTS[0])
    assert text.isascii()
    assert "\0" not in text
    assert JsonText().process_result_value(text, DIALECTS[0]) == value


def test_what_json_does_not_have_is_a_mistake():
    with pytest.raises(ValueError, match="not JSON compliant"):
        JsonText().process_bind_param(float("nan"), DIALECTS[0])
