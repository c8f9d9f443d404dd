"""What holds a key: it prints as a mask, and is neither pickled nor copied."""

from typing import ClassVar, NoReturn, SupportsIndex

MASK = "••••••"


class KeyHolder:
    """Base of the classes that hold key bytes; ``_shown`` names the attributes that may stand beside the mask."""

    __slots__ = ()

    _shown: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        # Also of one whose making has failed: tracebacks print it when it has no attributes yet.
        shown = "".join(f"{name}={getattr(self, name)!r}, " for name in self._shown if hasattr(self, name))
        return f"{type(self).__name__}({shown}{MASK})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        # pickle and copy come by here; without this they would write the key down.
        raise TypeError(f"{type(self).__name__} holds a key: it is neither pickled nor copied")
