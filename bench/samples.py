"""What was measured, round by round, and what follows from it: medians, minima and ratios."""

from collections.abc import Mapping
from statistics import median

Sample = Mapping[str, float]
Place = tuple[str, str]
"""Scenario and stack."""

CPU_US = "cpu_us"


class Samples:
    """One sample a round for every scenario and stack that was driven. Figures are named with their units."""

    def __init__(self) -> None:
        self._samples: dict[Place, list[Sample]] = {}

    def add(self, scenario: str, stack: str, sample: Sample) -> None:
        """Keep the sample of one more round."""
        self._samples.setdefault((scenario, stack), []).append(dict(sample))

    def drop(self, scenario: str, stack: str) -> None:
        """Forget what a stack brought before it failed."""
        self._samples.pop((scenario, stack), None)

    def scenarios(self) -> list[str]:
        """Return the scenarios in the order in which they were first measured."""
        return list(dict.fromkeys(scenario for scenario, _ in self._samples))

    def stacks(self, scenario: str) -> list[str]:
        """Return the stacks that a scenario was measured with."""
        return [stack for name, stack in self._samples if name == scenario]

    def medians(self, scenario: str, stack: str) -> dict[str, float]:
        """Return the median of every figure."""
        samples = self._samples[scenario, stack]
        return {figure: median(sample[figure] for sample in samples) for figure in samples[0]}

    def minimum(self, scenario: str, stack: str, figure: str) -> float:
        """Return the least of a figure."""
        return min(sample[figure] for sample in self._samples[scenario, stack])

    def ratio(self, figure: str, of: Place, to: Place) -> float | None:
        """Return the median over the rounds of ``of`` divided by ``to`` in the same round; None where one is missing.

        The machine's speed may change between rounds: only what was measured side by side is compared.
        """
        pairs = zip(self._samples.get(of, ()), self._samples.get(to, ()), strict=False)
        ratios = [mine[figure] / other[figure] for mine, other in pairs if other.get(figure) and figure in mine]
        return median(ratios) if ratios else None

    def ratio_of_minima(self, figure: str, of: Place, to: Place) -> float | None:
        """Return the ratio of the least figures: what each can do when nothing disturbs it."""
        if of not in self._samples or to not in self._samples:
            return None
        least = self.minimum(*to, figure)
        return self.minimum(*of, figure) / least if least else None


def percentile(values: list[float], share: float) -> float:
    """Return the value that ``share`` of the ``values`` do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 1)
    return ordered[max(int(rank), 1) - 1]
