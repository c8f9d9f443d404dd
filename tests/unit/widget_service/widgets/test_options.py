"""Options found in an answer, by the mapping of a field."""

import pytest

from widget_service.widgets.definition import OptionsMapping
from widget_service.widgets.preview.options import OptionsError, options_of


def mapping(**members: str) -> OptionsMapping:
    return OptionsMapping.model_validate({"valueKey": "id", "labelKey": "name", **members})


@pytest.mark.parametrize(
    ("answer", "members", "options"),
    [
        ([{"id": 1, "name": "One"}], {}, [("1", "One")]),
        ({"data": {"items": [{"id": "a"}]}}, {"path": "$.data.items"}, [("a", "a")]),
        ([{"id": {"v": True}, "name": "n"}], {"valueKey": "id.v"}, [("true", "n")]),
        ([{"name": "no id"}, {"id": "x", "name": "X"}], {}, [("x", "X")]),
        ([], {}, []),
    ],
)
def test_options_are_found(answer, members, options):
    found = options_of(answer, mapping(**members))
    assert [(option["value"], option["label"]) for option in found] == options


@pytest.mark.parametrize(
    ("answer", "members", "words"),
    [
        ({"data": []}, {}, "no list at its root"),
        ({"data": {}}, {"path": "data"}, "no list at 'data'"),
        ([{"name": "n"}], {}, "mapping.valueKey"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told(answer, members, words):
    with pytest.raises(OptionsError, match=words):
        options_of(answer, mapping(**members))
