"""Pictures of figures: from values to the path that is drawn, gaps, single points and nothing at all."""

import re

import pytest

from widget_service.admin.pages.charts import bars, lines, span, sparkline, waterfall

# A sparkline is 96 wide and 20 high; a pixel above and below is left free.
PATHS = [
    pytest.param([], "", id="nothing"),
    pytest.param([None, None], "", id="gaps alone"),
    pytest.param([5], "M0.0 1.0h2", id="a single point is a dot at the top"),
    pytest.param([0], "M0.0 19.0h2", id="a single nought is a dot at the bottom"),
    pytest.param([0, 0, 0], "M0.0 19.0L48.0 19.0L96.0 19.0", id="noughts lie at the bottom"),
    pytest.param([1, 2], "M0.0 10.0L96.0 1.0", id="the largest is at the top"),
    pytest.param([1, None, 2], "M0.0 10.0h2M96.0 1.0h2", id="a gap is no line"),
    pytest.param([None, 4, 2, None], "M32.0 1.0L64.0 10.0", id="gaps at the ends"),
    pytest.param([0.0, 0.5, 1.0], "M0.0 19.0L48.0 10.0L96.0 1.0", id="shares"),
]


def path_of(svg: str) -> str:
    return re.search(r'<path[^>]* d="([^"]*)"', svg)[1]


@pytest.mark.parametrize(("values", "path"), PATHS)
def test_a_sparkline_is_drawn_from_its_values(values, path):
    assert path_of(sparkline(values, "errors", "said")) == path


def test_a_sparkline_says_what_it_shows_and_takes_no_markup():
    drawn = sparkline([1.0], 'a" onload="x', "<b>3 of 4</b>")
    assert 'role="img"' in drawn
    assert 'aria-label="&lt;b&gt;3 of 4&lt;/b&gt;"' in drawn
    assert 'onload="x"' not in drawn


def test_lines_share_one_scale():
    drawn = lines([("p50", [1.0, 1.0]), ("p99", [2.0, 2.0])], "said")
    assert re.findall(r'class="line (\w+)" d="([^"]*)"', drawn) == [
        ("p50", "M0.0 48.0L480.0 48.0"),
        ("p99", "M0.0 1.0L480.0 1.0"),
    ]


def test_bars_stand_upon_one_another_and_noughts_are_not_drawn():
    drawn = bars([("calls", [3.0, 0.0]), ("errors", [1.0, 0.0])], "said")
    rectangles = re.findall(r'class="(\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', drawn)
    assert rectangles == [("calls", "0.0", "24.0", "239.0", "72.0"), ("errors", "0.0", "0.0", "239.0", "24.0")]


@pytest.mark.parametrize("stacks", [[], [("calls", [])], [("calls", [0.0])]])
def test_bars_of_nothing_are_an_empty_picture(stacks):
    assert "<rect" not in bars(stacks, "said")


def test_a_waterfall_has_each_stage_after_the_one_before():
    told = waterfall([("setup", 1.0), ("external", 3.0), ("odd", 0.0)])
    assert [(name, ms) for name, ms, _ in told] == [("setup", 1.0), ("external", 3.0), ("odd", 0.0)]
    places = [re.search(r'class="(\w+)" x="([\d.]+)" y="0" width="([\d.]+)"', bar).groups() for _, _, bar in told]
    assert places == [("setup", "0.00", "25.00"), ("external", "25.00", "75.00"), ("other", "99.50", "0.50")]


def test_a_bar_stays_within_the_whole():
    assert 'x="99.50"' in span(9.0, 9.0, 3.0, "external")
    assert "nan" not in span(0.0, 0.0, 0.0, "external")
