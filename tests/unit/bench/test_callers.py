"""The measurement of who calls runs, and tells every step."""

from bench.callers import main


def test_every_step_is_measured(capsys):
    main(["--seconds", "0.01"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("anonymous program ")
    assert len(lines) == 9
    assert all(float(line.split()[-2]) > 0 for line in lines)
