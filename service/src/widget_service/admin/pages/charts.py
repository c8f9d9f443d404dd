"""Pictures of figures as inline SVG: no script draws them, and what they show is said in words too."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

WIDTH: Final = 480
HEIGHT: Final = 96
_SPARK_WIDTH: Final = 96
_SPARK_HEIGHT: Final = 20
_STAGES: Final = ("setup", "auth", "cache", "external", "transform")

Values = Sequence[float | None]


def sparkline(values: Values, kind: str, said: str) -> Markup:
    """Return a line of the size of a word; ``kind`` is its class, None a gap."""
    top = max((value for value in values if value is not None), default=0.0)
    path = _line(values, top or 1.0, _SPARK_WIDTH, _SPARK_HEIGHT)
    return Markup(
        '<svg class="spark {}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<path d="{}"/></svg>'
    ).format(kind, _SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_WIDTH, _SPARK_HEIGHT, said, path)


def bars(stacks: Sequence[tuple[str, Sequence[float]]], said: str) -> Markup:
    """Return stacked bars; each of ``stacks`` is a class and its values, the lowest first."""
    sums = [sum(column) for column in zip(*(values for _, values in stacks), strict=True)]
    top, step = max(sums, default=0.0) or 1.0, WIDTH / max(len(sums), 1)
    base, drawn = [0.0] * len(sums), Markup("")
    for kind, values in stacks:
        for index, value in enumerate(values):
            if value > 0:
                length = value / top * HEIGHT
                drawn += _rectangle(kind, index * step, HEIGHT - base[index] - length, max(step - 1, 0.5), length)
                base[index] += length
    return _framed(drawn, said)


def lines(series: Sequence[tuple[str, Values]], said: str) -> Markup:
    """Return lines over one scale; each of ``series`` is a class and its values."""
    top = max((value for _, values in series for value in values if value is not None), default=0.0) or 1.0
    drawn = Markup("")
    for kind, values in series:
        drawn += Markup('<path class="line {}" d="{}"/>').format(kind, _line(values, top, WIDTH, HEIGHT))
    return _framed(drawn, said)


def span(start: float, length: float, whole: float, kind: str) -> Markup:
    """Return one bar of a waterfall: from ``start`` on for ``length``, of ``whole``."""
    whole = whole or 1.0
    left, width = 100 * min(start / whole, 1), 100 * min(length / whole, 1)
    return Markup(
        '<svg class="span" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="{}" x="{:.2f}" y="0" width="{:.2f}" height="8"/></svg>'
    ).format(kind, min(left, 99.5), max(width, 0.5))


def waterfall(stages: Sequence[tuple[str, float]]) -> list[tuple[str, float, Markup]]:
    """Return each stage with its time and its bar, one after the other as they ran."""
    whole, start, told = sum(ms for _, ms in stages), 0.0, []
    for name, ms in stages:
        told.append((name, ms, span(start, ms, whole, name if name in _STAGES else "other")))
        start += ms
    return told


def _framed(drawn: Markup, said: str) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, said, drawn)


def _rectangle(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        kind, x, y, width, height
    )


def _line(values: Values, top: float, width: float, height: float) -> str:
    step, pen, parts = width / max(len(values) - 1, 1), "M", []
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        y = height - 1 - value / top * (height - 2)
        parts.append(f"{pen}{index * step:.1f} {y:.1f}")
        if pen == "M" and (index + 1 == len(values) or values[index + 1] is None):
            parts.append("h2")
        pen = "L"
    return "".join(parts)
