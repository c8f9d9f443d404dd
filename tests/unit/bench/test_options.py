"""The command line of the bench."""

import pytest

from bench.options import QUICK_ROUNDS, QUICK_SECONDS, ROUNDS, SECONDS, read_options
from bench.stacks import SERVICE


@pytest.mark.parametrize(
    ("arguments", "rounds", "seconds"),
    [
        ([], ROUNDS, SECONDS),
        (["--quick"], QUICK_ROUNDS, QUICK_SECONDS),
        (["--quick", "--rounds", "4"], 4, QUICK_SECONDS),
        (["--seconds", "5"], ROUNDS, 5),
    ],
)
def test_rounds_and_seconds(arguments, rounds, seconds):
    options = read_options(arguments)
    assert (options.rounds, options.seconds) == (rounds, seconds)


def test_everything_is_wanted_unless_something_is_named():
    assert read_options([]).wants("tls_c32")
    options = read_options(["--scenarios", "proxied_get_c1, memory", "--stacks", "nginx"])
    assert [options.wants(name) for name in ("proxied_get_c1", "memory", "tls_c32")] == [True, True, False]
    assert [options.wants_stack(name) for name in (SERVICE, "nginx", "caddy")] == [True, True, False]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scenarios", "nothing"], "there is no scenario nothing; there are proxied_get_c1"),
        (["--stacks", "apache"], "there is no stack apache; there are nginx"),
        (["--rounds", "-1"], "--rounds must be 1 or more"),
        (["--seconds", "900"], "between 1 and 60"),
    ],
)
def test_what_is_wrong_is_said(arguments, said, capsys):
    with pytest.raises(SystemExit):
        read_options(arguments)
    assert said in capsys.readouterr().err


def test_the_command_line_is_told_as_it_is_given_again():
    assert read_options(["--quick"]).command_line == 'make bench BENCH_ARGS="--quick"'
    assert read_options([]).command_line == "make bench"
