"""The theme file: tokens over the defaults, everything wrong with it at once, the last good one when it breaks."""

import json

import pytest

from unit.widget_service.widgets.sites import site_of
from widget_service.widgets.theme import ThemeFile, known_tokens

GOOD = {"--config--main-color-brand": "#123456", "font-family-sans": "Inter, sans-serif"}


def theme_of(repo, content):
    folder = repo / ".widget-service"
    folder.mkdir(exist_ok=True)
    (folder / "theme.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return ThemeFile(repo)


def test_no_file_is_no_theme(tmp_path):
    assert (ThemeFile(tmp_path).theme.tokens, ThemeFile(tmp_path).theme.problems) == ({}, ())


def test_tokens_may_have_their_leading_hyphens(tmp_path):
    theme = theme_of(tmp_path, GOOD).theme
    assert theme.problems == ()
    assert theme.tokens == {"config--main-color-brand": "#123456", "font-family-sans": "Inter, sans-serif"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("[]", [("$", "wrong_type", True)]),
        ("", [("$", "json_syntax", True)]),
        ('{"color-content-default": 1, "a b": "x", "font-size-100": " "}', [
            ("$['color-content-default']", "wrong_type", True),
            ("$['a b']", "pattern", True),
            ("$['font-size-100']", "wrong_type", True),
        ]),
        ({"colour-content-default": "red"}, [("$['colour-content-default']", "unknown_token", False)]),
    ],
    ids=["list", "empty", "values", "unknown"],
)  # fmt: skip
def test_everything_wrong_is_told_at_once_with_its_line(tmp_path, content, found):
    problems = theme_of(tmp_path, content).theme.problems
    assert [(problem.path, problem.code, problem.is_error) for problem in problems] == found
    assert {problem.subject for problem in problems} == {".widget-service/theme.json"}
    assert {problem.line for problem in problems if problem.path != "$"} <= {1}
    assert not any("connectors" in problem.expected for problem in problems)


def test_a_name_that_was_probably_meant_is_proposed(tmp_path):
    [problem] = theme_of(tmp_path, {"colour-content-default": "red"}).theme.problems
    assert "Did you mean 'color-content-default'?" in problem.expected
    assert "color-content-default" in known_tokens()


def test_a_broken_file_leaves_the_last_good_theme(tmp_path):
    file = theme_of(tmp_path, GOOD)
    theme_of(tmp_path, "{")
    file.read()
    assert (len(file.theme.tokens), len(file.theme.problems)) == (2, 1)
    file.path.unlink()
    file.read()
    assert (file.theme.tokens, file.theme.problems) == ({}, ())


async def test_the_theme_is_a_module_of_the_runtime_and_a_saved_one_is_served(tmp_path):
    theme_of(tmp_path, GOOD)
    async with site_of(tmp_path) as site:
        assert (
            '"font-family-sans": "Inter, sans-serif"' in (await site.client.get("/widget-runtime/latest/theme.js")).text
        )
        await site.save(".widget-service/theme.json", '{"space-100": "9px"}')
        assert (await site.client.get("/widget-runtime/latest/theme.js")).text == (
            'export const theme = {"space-100": "9px"};\n'
        )
        await site.save(".widget-service/theme.json", '{"space-100": 9}')
        assert "theme.json" in (await site.client.get("/preview/")).text
        assert [problem.path for problem in site.widgets.theme_problems] == ["$['space-100']"]
