"""Which tokens are not worth replacing: those whose replacement the destination has just refused too."""

from widget_service.authentication.grant import TokenKey

PAUSE_S = 5.0
_MAX_KEPT = 1000


class Replacements:
    """Remembers for a few seconds, by the clock that is given, where a new token did not help."""

    def __init__(self) -> None:
        self._in_vain: dict[TokenKey, float] = {}

    def note_in_vain(self, key: TokenKey, now: float) -> None:
        """Remember that a new token was refused like the one before; what is remembered already lasts no longer."""
        if not self.are_in_vain(key, now):
            if len(self._in_vain) >= _MAX_KEPT:
                self._in_vain = {kept: at for kept, at in self._in_vain.items() if now - at < PAUSE_S}
            self._in_vain[key] = now

    def are_in_vain(self, key: TokenKey, now: float) -> bool:
        """Whether asking for another token now would hardly help."""
        at = self._in_vain.get(key)
        return at is not None and now - at < PAUSE_S
