"""A body that comes in parts, as the kind of iterator that those who hand it on expect."""

from collections.abc import AsyncGenerator
from types import TracebackType
from typing import NoReturn


class BodyStream(AsyncGenerator[bytes, None]):
    """What all such bodies have in common; a body adds ``__anext__`` and ``aclose``."""

    async def asend(self, value: None) -> bytes:
        """Return the next part; nothing can be sent into a body."""
        return await self.__anext__()

    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> NoReturn:
        """End the body and raise what is thrown."""
        await self.aclose()
        if isinstance(typ, BaseException):
            raise typ
        raise val if isinstance(val, BaseException) else typ()
