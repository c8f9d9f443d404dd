"""The command of an explanation: it can be pasted, needs no secret in it, and moves no terminal's cursor."""

import json
import subprocess

import pytest

from widget_service.execution.curl import as_curl, quoted

PROGRAM = """
curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }
KEY='k3y value' USER_NAME=me PW=p:w ACCESS_TOKEN=t0ken X_SIGNED=sum X_API_KEY=own PASSWORD=lit
"""


def explained(*, headers=(), query=(), body=None, kind=None):
    return {
        "method": "POST",
        "url": "https://api.example.com/v1/a'b",
        "headers": [{"name": name, "value": value, "from": source} for name, value, source in headers],
        "query_parameters": [{"name": name, "value": value, "from": source} for name, value, source in query],
        "request_body": body,
    }


def words_of(command):
    """What a shell gives to curl."""
    done = subprocess.run(["bash", "-c", PROGRAM + command], capture_output=True, timeout=10, check=True)
    return done.stdout.decode().split("\0")[:-1]


SECRET = "{{ get_secret('key') }}"
CASES = [
    ({"headers": [("X-K", SECRET, "connector")]}, ["-H", "X-K: k3y value"], "# Set KEY first: the secret 'key'"),
    ({"headers": [("X-K", f"T {SECRET}'", "connector")]}, ["-H", "X-K: T k3y value'"], "# Set KEY first"),
    ({"headers": [("X-K", SECRET, "caller")]}, ["-H", f"X-K: {SECRET}"], "curl"),
    (
        {"headers": [("X-Signed", "{{ get_secret('key') | upper }}", "connector")]},
        ["-H", "X-Signed: sum"],
        "# Set X_SIGNED first: what this renders to: {{ get_secret('key') | upper }}",
    ),
    ({"headers": [("X-Api-Key", "••••••", "connector")]}, ["-H", "X-Api-Key: own"], "# Set X_API_KEY first"),
    (
        {"headers": [("Authorization", "Bearer <access token>", "authentication")]},
        ["-H", "Authorization: Bearer t0ken"],
        "# Set ACCESS_TOKEN first: an access token",
    ),
    (
        {
            "headers": [
                (
                    "Authorization",
                    "Basic base64({{ get_secret('user_name') }}:{{ get_secret(\"pw\") }})",
                    "authentication",
                )
            ]
        },
        ["-u", "me:p:w"],
        "# Set PW first: the secret 'pw'",
    ),
    ({"body": "it's\n\x1b[2J\u202e\x9b"}, ["--data-raw", "it's\n\x1b[2J\u202e\x9b"], "curl"),
    ({"body": "<3 bytes that are no text>"}, ["--data-binary", "@body"], "# The body: 3 bytes"),
]


@pytest.mark.parametrize(("parts", "words", "line"), CASES)
def test_the_command_sends_the_same_and_says_what_to_set(parts, words, line):
    command = as_curl(explained(**parts))
    assert words_of(command) == ["-X", "POST", "https://api.example.com/v1/a'b", *words]
    assert any(told.startswith(line) for told in command.split("\n"))
    assert all(one.isprintable() for one in command.replace("\n", ""))


def test_a_secret_in_the_query_is_a_variable_too():
    query = [("a[]", "1 2", "url"), ("k", f"x/{SECRET}&", "connector"), ("n", None, "url"), ("z", "ü", "caller")]
    command = as_curl(explained(query=query))
    assert words_of(command) == [
        "-X",
        "POST",
        "-g",
        "https://api.example.com/v1/a'b?a[]=1%202&k=x/k3y value%26&n&z=%C3%BC",
    ]
    assert "# Set KEY first: the secret 'key' percent-encoded" in command


def test_a_body_that_is_cut_is_said_to_be():
    told = {**explained(body="x" * 9), "request_body_cut": 12_345}
    assert "# The body is cut: it has 12,345 characters, of which the first 9 are here." in as_curl(told).split("\n")


def test_two_hidden_values_are_two_variables_and_none_of_the_shells_own():
    headers = [("X-Key", "••••••", "connector"), ("x_key", "••••••", "connector")]
    headers.append(("A", "{{ get_secret('path') }}", "connector"))
    lines = as_curl(explained(headers=headers)).split("\n")
    assert [line.split()[2] for line in lines[:3]] == ["X_KEY", "X_KEY_2", "_PATH"]


@pytest.mark.parametrize("text", ["", "plain", "a'b\\c", "\x7f\\'\x1b0", "\u200b7", json.dumps("ü"), "a\nb"])
def test_what_is_quoted_is_one_word_of_the_shell(text):
    assert words_of(f"curl {quoted(text)}") == [text]
