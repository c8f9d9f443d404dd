"""What waits for what, as a drawing; bars of times; times that lie over each other."""

import pytest

from widget_service.connectors.compiling_composites import compile_composite
from widget_service.connectors.definition import CompositeDefinition
from widget_service.execution.composite.drawing import drawing_of, timeline
from widget_service.execution.composite.timing import covered

URL = "https://api.example.com/"


def drawn(*steps, methods=None):
    definition = {"name": "All", "steps": [{"url": URL, **step} for step in steps]}
    for step in definition["steps"]:
        if "connector" in step:
            del step["url"]
    composite = compile_composite(CompositeDefinition.model_validate(definition))
    return drawing_of(composite.steps, (methods or {}).get)


def reading(name, *read, **fields):
    value = "".join(f"{{{{ steps['{each}'].body }}}}" for each in read)
    return {"name": name, "headers": [{"key": "X", "value": value}], **fields}


def test_what_runs_at_the_same_time_stands_in_one_column():
    assert drawn(
        reading("user"),
        reading("orders"),
        reading("details", "user"),
        reading("report", method="POST"),
        reading("fresh", "user", when="{{ steps.details.status_code }}"),
        reading("aside", method="DELETE", parallel=True, on_error="continue"),
    ) == [
        "user     GET     ■",
        "orders   GET     ■",
        "details  GET      ■    after user",
        "report   POST      ■   after all before it",
        "fresh    GET        ■  after user, details, report, when its condition holds",
        "aside    DELETE     ■  after report, may fail",
    ]


def test_a_connector_whose_method_is_not_known_is_taken_to_have_side_effects():
    steps = (reading("one"), {"name": "two", "connector": "known"}, {"name": "three", "connector": "gone"})
    assert drawn(*steps, methods={"known": "GET"}) == [
        "one           GET  ■",
        "two (known)   GET  ■",
        "three (gone)  ?     ■  after all before it",
    ]


@pytest.mark.parametrize(
    "name", ["{{ steps[request.body_text].body }}", "{{ steps | json_encode }}", "{{ steps.values() | list }}"]
)
def test_a_step_that_is_computed_is_any_of_those_before(name):
    lines = drawn(reading("a"), reading("b"), {"name": "c", "headers": [{"key": "X", "value": name}]})
    assert lines[2] == "c  GET   ■  after all before it"


def test_bars_show_when_each_step_ran():
    assert timeline([(10, 20), (10, 30), (20.0, 20.1)], 10) == ["█████", "█" * 10, " " * 5 + "█"]
    assert timeline([], 10) == []


def test_time_in_which_several_wait_counts_once():
    assert covered([(0, 2), (1, 3), (5, 6), (5.5, 5.7)]) == 4
    assert covered([]) == 0
