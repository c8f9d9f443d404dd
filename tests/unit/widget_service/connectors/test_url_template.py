"""The two halves of a URL template, and the one form of template that may stand in the first."""

import pytest

from widget_service.connectors.url_template import HostVariable, host_variable, split_url_template, without_fragment


@pytest.mark.parametrize(
    ("url", "origin", "rest"),
    [
        ("https://api.example.com", "https://api.example.com", ""),
        ("https://api.example.com/v1?a=b", "https://api.example.com", "/v1?a=b"),
        ("https://api.example.com?a=b", "https://api.example.com", "?a=b"),
        ("https://api.example.com/v1?a=b#c", "https://api.example.com", "/v1?a=b"),
        ("https://api.example.com#c", "https://api.example.com", ""),
        ("https://{{ get_variable('a/b?c#d') }}/v1", "https://{{ get_variable('a/b?c#d') }}", "/v1"),
        ("{{ get_variable('a') | default('b/c') }}/v1", "{{ get_variable('a') | default('b/c') }}", "/v1"),
        ("https://api.example.com/{{ '#' }}/x", "https://api.example.com", "/{{ '#' }}/x"),
        ("https://api.example.com/{{ '}}#' }}/x#y", "https://api.example.com", "/{{ '}}#' }}/x"),
    ],
)
def test_a_url_is_cut_outside_of_templates(url, origin, rest):
    assert split_url_template(url) == (origin, rest)


def test_a_fragment_beside_statements_stays():
    rest = "/{% if a %}b#c{% endif %}"
    assert without_fragment(rest) == rest


@pytest.mark.parametrize(
    ("template", "variable"),
    [
        ("{{ get_variable('a') }}", HostVariable("a", None)),
        ("{{get_variable( \"a\" )|default('b',true)}}", HostVariable("a", "b")),
        ("{{ get_variable('a') | default('') }}", HostVariable("a", "")),
        ("{{ get_variable(a) }}", None),
        ("{{ get_variable('a\\'') }}", None),
        ("{{- get_variable('a') }}", None),
        ("{# get_variable('a') #}", None),
    ],
)
def test_only_one_form_of_template_stands_for_a_host(template, variable):
    assert host_variable(template) == variable
