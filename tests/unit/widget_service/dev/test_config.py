"""``dev.toml``: what it may say, and every problem of one that says something else."""

import pytest

from widget_service.dev.config import check_mapping, read_dev_config
from widget_service.identity.users import User


@pytest.fixture
def read(tmp_path):
    def read(text: str):
        file = tmp_path / "dev.toml"
        file.write_text(text)
        return read_dev_config(file)

    return read


def test_a_file_that_is_not_there_says_nothing(tmp_path):
    config, problems = read_dev_config(tmp_path / "dev.toml")
    assert not problems
    assert (config.secrets, config.variables, config.host_map, config.users) == ({}, {}, {}, ())


def test_all_sections(read):
    config, problems = read(
        """
        [secrets]
        api_key = "s3cret"
        [variables]
        region = "eu"
        [map]
        "api.example.com" = "http://127.0.0.1:9000/"
        [[users]]
        id = "u-1"
        email = "anna@example.com"
        profile_fields = { 7 = "Botany" }
        [[users]]
        id = 2
        """
    )
    assert not problems
    assert config.secrets == {"api_key": "s3cret"}
    assert config.variables == {"region": "eu"}
    assert config.host_map == {"api.example.com": "http://127.0.0.1:9000"}
    assert config.users == (User("u-1", "anna@example.com", profile_fields={"7": "Botany"}), User("2"))
    assert "s3cret" not in repr(config)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("secrets = 1", "$.secrets"),
        ("[secrets]\n'a-b' = 'x'", "$.secrets.a-b"),
        ("[secrets]\na = ''", "$.secrets.a"),
        ("[variables]\na = 1", "$.variables.a"),
        ("[secrets]\na = 'x'\n[variables]\na = 'y'", "$.variables.a"),
        ("[map]\n'a.example' = 'nonsense'", "$.map.a.example"),
        ("[map]\n'a.example' = 'http://127.0.0.1/path'", "$.map.a.example"),
        ("[map]\n'a/b' = 'http://127.0.0.1'", "$.map.a/b"),
        ("[map]\n'a.example' = 1", "$.map.a.example"),
        ("users = 1", "$.users"),
        ("users = [1]", "$.users[0]"),
        ("[[users]]\nemail = 'x'", "$.users[0].id"),
        ("[[users]]\nid = 'a'\nmail = 'x'", "$.users[0].mail"),
        ("[[users]]\nid = 'a'\nprofile_fields = 1", "$.users[0].profile_fields"),
        ("[[users]]\nid = 'a'\n[[users]]\nid = 'a'", "$.users[1].id"),
        ("[secret]\na = 'x'", "$.secret"),
        ("[secrets", "$"),
    ],
)
def test_a_problem_names_its_place(read, text, path):
    _, problems = read(text)
    assert [problem.path for problem in problems] == [path]
    assert problems[0].expected


def test_all_problems_come_at_once_and_hide_values(read):
    _, problems = read("[secrets]\n'a-b' = 's3cret'\n[map]\n'a' = 'x'\n[other]\n")
    assert len(problems) == 3
    assert "s3cret" not in repr(problems)


@pytest.mark.parametrize("host", ["api.example.com", "api.example.com:8443", "127.0.0.1"])
def test_a_host_is_mapped_to_an_origin(host):
    assert check_mapping(host, "http://127.0.0.1:9000") == "http://127.0.0.1:9000"
