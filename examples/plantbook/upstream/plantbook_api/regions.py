"""Where a shop delivers to: its currency and how long the post takes."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """``per_eur``: units of the currency per euro; ``delivery_days``: working days, the earliest and the latest."""

    currency: str
    per_eur: float
    delivery_days: tuple[int, int]

    def price(self, amount_eur: float) -> dict[str, object]:
        """Return ``{"amount": float, "currency": str}``, an amount that ends in .90 as shops like it."""
        return {"amount": math.floor(amount_eur * self.per_eur) + 0.9, "currency": self.currency}


REGIONS = {
    "eu": Region("EUR", 1.0, (2, 4)),
    "uk": Region("GBP", 0.86, (3, 5)),
    "us": Region("USD", 1.09, (5, 8)),
}
