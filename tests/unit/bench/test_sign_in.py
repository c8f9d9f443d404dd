"""The measurement of signing in runs, and tells every step."""

from bench.sign_in import main


def test_every_step_is_measured(capsys):
    main(["--seconds", "0.01"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("prepare api_key ")
    assert len(lines) == 7
    assert all(float(line.split()[-2]) > 0 for line in lines)
