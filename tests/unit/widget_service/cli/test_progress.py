"""The line that says how far a check is: on a terminal, late enough not to flicker, and gone at the end."""

import io

from widget_service.cli.progress import ProgressLine, progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_short_check_shows_nothing_and_a_long_one_a_line_that_goes_away():
    terminal, now = Terminal(), iter([0.0, 0.5, 1.5, 1.5, 1.6, 1.8, 1.8])
    line = ProgressLine(terminal, now=lambda: next(now))
    line.tell(1, 9)
    line.clear()
    assert terminal.getvalue() == ""
    for done in (2, 3, 4):
        line.tell(done, 9)
    line.clear()
    start = "\r\x1b[K"
    assert terminal.getvalue() == f"{start}Checked 2 of 9 definitions …{start}Checked 4 of 9 definitions …{start}"


def test_only_a_terminal_is_told():
    with progress(io.StringIO()) as on_progress:
        assert on_progress is None
    with progress(Terminal()) as on_progress:
        on_progress(1, 2)
