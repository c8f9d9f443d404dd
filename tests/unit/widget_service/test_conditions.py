"""What does not work is told with the time since when, until it works."""

from widget_service.conditions import MEANING, Conditions, Part


def test_a_part_is_degraded_since_the_first_word_of_it():
    now = 100.0
    conditions = Conditions(lambda: now)
    assert conditions.degraded == []
    conditions.note(Part.CACHE, works=False)
    now = 200.0
    conditions.note(Part.CACHE, works=False)
    conditions.note(Part.SNAPSHOT, works=False, since=50.0)
    conditions.note(Part.DATABASE, works=True)
    told = [(each.part, each.since) for each in conditions.degraded]
    assert told == [(Part.SNAPSHOT, 50.0), (Part.CACHE, 100.0)]
    conditions.note(Part.CACHE, works=True)
    assert [each.as_dict() for each in conditions.degraded] == [
        {"part": "snapshot", "since": "1970-01-01T00:00:50+00:00", "detail": MEANING[Part.SNAPSHOT]}
    ]


def test_each_part_has_a_meaning():
    assert set(MEANING) == set(Part)
