"""Places of tenants: how many of its calls are under way in this process."""


class Place:
    """A place that was taken."""

    __slots__ = ("_places", "_tenant_id")

    def __init__(self, places: "Places", tenant_id: str) -> None:
        self._places: Places | None = places
        self._tenant_id = tenant_id

    def leave(self) -> None:
        """Make room. Idempotent."""
        places, self._places = self._places, None
        if places is not None:
            places.give_back(self._tenant_id)


class Places:
    """Counts the calls under way of each tenant that has any."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, tenant_id: str, limit: int) -> Place | None:
        """Return a place, None where ``limit`` are taken."""
        taken = self._taken.get(tenant_id, 0)
        if taken >= limit:
            return None
        self._taken[tenant_id] = taken + 1
        return Place(self, tenant_id)

    def give_back(self, tenant_id: str) -> None:
        """Count one out."""
        left = self._taken.get(tenant_id, 0) - 1
        if left > 0:
            self._taken[tenant_id] = left
        else:
            self._taken.pop(tenant_id, None)
