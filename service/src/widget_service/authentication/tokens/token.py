"""A token, and when it is to be renewed. Times are Unix seconds, given and never read."""

from dataclasses import dataclass, field

MAX_MARGIN_S = 60.0
MARGIN_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. Two are the same if they were given at the same moment: a server may give one text twice."""

    value: str = field(repr=False)
    obtained_at: float
    expires_at: float

    @property
    def renew_at(self) -> float:
        """When a new one is asked for: before the end, by the smaller of a minute and a tenth of its life."""
        return self.expires_at - min(MAX_MARGIN_S, (self.expires_at - self.obtained_at) * MARGIN_SHARE)

    def lives(self, now: float) -> bool:
        """Whether it may still be sent."""
        return now < self.expires_at

    def is_due(self, now: float) -> bool:
        """Whether a new one is to be asked for."""
        return now >= self.renew_at
