"""The design tokens: their names and defaults are those that widgets of the platform are written against."""

import re
from collections import Counter

import pytest

from widget_service.widgets.static_files import RUNTIME_DIR

CSS = (RUNTIME_DIR / "tokens.js").read_text()
TOKENS = dict(re.findall(r"^ +--([\w-]+): (.+);$", CSS, re.MULTILINE))


def test_every_declaration_is_a_token_and_none_stands_twice():
    assert len(re.findall(r"--[\w-]+:", CSS)) == len(TOKENS)


def test_the_groups_are_complete():
    counted = Counter(name.partition("-")[0] for name in TOKENS)
    assert (counted["theme"], counted["color"]) == (21, 39)
    groups = "theme color font text space radius border line shadow elevation button config"
    assert sorted(counted) == sorted(groups.split())


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        (
            "theme-brand",
            "100 #F7F0FE, 200 #E9D8FD, 300 #CEAAF8, 400 #BC8CF2, 500 #AF7AEB, 600 #A267E4, 700 #9254D9, 800 #7B3BC4, "
            "900 #452965, 1000 #322541",
        ),
        (
            "theme-neutral",
            "0 #FFFFFF, 100 #FAFAFA, 200 #F4F5F6, 300 #DEDFE2, 400 #B8BBC2, 500 #8D919B, 600 #7B808E, 700 #696E7C, "
            "800 #4F5663, 900 #3B4254, 1000 #2B3346",
        ),
        ("color-action-primary", "default #9254D9, hover #7B3BC4, pressed #452965"),
        ("color-action-neutral", "default #FFFFFF, hover #FAFAFA, pressed #F4F5F6"),
        ("color-action-destructive", "default #c92c2f, hover #ae2424, pressed #5d1a1c"),
        (
            "color-content",
            "default #2B3346, subtle #4F5663, subtlest #696E7C, disabled #B8BBC2, inverse #FFFFFF, "
            "heading-default #2B3346, heading-hero #FFFFFF",
        ),
        (
            "color-surface",
            "default #FFFFFF, page #FAFAFA, muted #F4F5F6, disabled #F4F5F6, overlay #FFFFFF, inverse #2B3346",
        ),
        (
            "color",
            "link-default #9254D9, link-hover #7B3BC4, line-default #DEDFE2, line-disabled #DEDFE2, focus-ring #388bff",
        ),
        ("color-status", "danger-bold #c92c2f, information-bold #0c66e4, success-bold #1f8444"),
        ("color-community", "answered #1f8444, highlighted #9254D9, pinned #9254D9, unanswered #696E7C"),
        ("color-overlay", "backdrop #2b33467a, interactive-hover #2b33460a, interactive-pressed #2b334614"),
        ("color-skeleton", "default #F4F5F6, subtle #2b33460a"),
        ("font-size", "100 0.75rem, 200 0.875rem, 300 1rem, 400 1.25rem, 500 1.5rem, 600 1.75rem, 700 2rem, base 16px"),
        ("font-weight", "regular 400, medium 500, bold 700"),
        ("text-body", "large-size 1.25rem, medium-size 1rem, small-size 0.875rem, large-line-height 1.5"),
        ("text-heading", "small-size 1.25rem, xlarge-size 2rem, hero-size 2rem, medium-weight 500, large-weight 700"),
        ("text", "button-size 0.875rem, caption-size 0.75rem, code-size 1rem, navigation-size 0.875rem"),
        ("space", "0 0, 025 2px, 050 4px, 100 8px, 125 10px, 200 16px, 600 48px, 1000 80px, negative-200 -16px"),
        ("radius", "025 2px, 050 4px, 100 8px, 150 12px, 200 16px, full 9999px"),
        ("border-width", "100 1px, 200 2px"),
        ("line-height", "grid-100 1rem, grid-200 1.25rem, grid-700 2.5rem, ratio-tight 1.25, ratio-relaxed 1.5"),
        ("button", "radius 8px, border-width 1px, font-weight 500, text-transform none"),
    ],
)
def test_defaults_are_those_of_the_platform(prefix, values):
    expected = dict(entry.split(" ", 1) for entry in values.split(", "))
    assert {name: TOKENS.get(f"{prefix}-{name}") for name in expected} == expected


def test_each_button_has_its_nine_colours():
    for variant in ("primary", "secondary", "destructive", "vote", "vote-selected"):
        for part in ("background", "border", "content"):
            for state in ("default", "hover", "pressed"):
                assert TOKENS[f"button-{variant}-{part}-{state}"].startswith("#")


def test_tokens_of_older_widgets_say_the_same():
    assert {name: value for name, value in TOKENS.items() if name.startswith("config--")} == {
        "config--main-color-brand": TOKENS["theme-brand-700"],
        "config--main-font-family": TOKENS["font-family-sans"],
        "config--main-color-text": TOKENS["color-content-default"],
        "config--main-color-border": TOKENS["color-line-default"],
        "config--main-color-background": TOKENS["color-surface-default"],
    }
