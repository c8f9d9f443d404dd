"""The measurement of composites runs, and tells every shape."""

from bench.composites import SHAPES, main


def test_every_shape_is_measured(capsys):
    main(["--ms", "20", "--rounds", "1"])
    _, *lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(SHAPES)
    for line in lines:
        chain, composite, row = (float(word) for word in line.split() if word.replace(".", "").isdigit())
        assert chain <= composite
        assert chain <= row
