"""Which of many sockets are ready, behind one descriptor that an event loop can watch.

Every request watches a socket and leaves it: by the event loop's own readers, that would cost a tenth of a call.
"""

import select
import selectors
from contextlib import suppress
from typing import Protocol

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Poller(Protocol):
    """Sockets, each with a mask of `READ` and `WRITE` that says what of it is waited for."""

    def fileno(self) -> int:
        """Return the descriptor that is readable while a socket is ready."""
        ...

    def watch(self, descriptor: int, mask: int) -> None:
        """Wait for ``mask`` of a socket from now on and no longer for anything else; for nothing where it is 0."""
        ...

    def ready(self) -> list[tuple[int, int]]:
        """Return the sockets that are ready, each with a mask, without waiting."""
        ...

    def close(self) -> None:
        """Wait for nothing any more."""
        ...


class EpollPoller:
    """By epoll(7), without what `selectors` puts around it.

    A socket that is watched no more stays registered until something happens to it: most are soon watched again, and
    that costs one system call in place of two. The kernel forgets a socket when it is closed, so that the next one of
    the same number is registered anew.
    """

    _EVENTS = (0, select.EPOLLIN, select.EPOLLOUT, select.EPOLLIN | select.EPOLLOUT) if hasattr(select, "epoll") else ()

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._masks: dict[int, int] = {}

    def fileno(self) -> int:
        return self._epoll.fileno()

    def watch(self, descriptor: int, mask: int) -> None:
        is_known = descriptor in self._masks
        self._masks[descriptor] = mask
        if mask:
            try:
                self._set(descriptor, self._EVENTS[mask], is_known=is_known)
            except OSError:  # it is closed already
                del self._masks[descriptor]

    def _set(self, descriptor: int, events: int, *, is_known: bool) -> None:
        if is_known:
            with suppress(FileNotFoundError):  # another socket of that number
                self._epoll.modify(descriptor, events)
                return
        self._epoll.register(descriptor, events)

    def ready(self) -> list[tuple[int, int]]:
        found = []
        for descriptor, events in self._epoll.poll(0):
            if self._masks.get(descriptor):
                read, write = events & ~select.EPOLLOUT, events & ~select.EPOLLIN
                found.append((descriptor, (READ if read else 0) | (WRITE if write else 0)))
            else:
                self._forget(descriptor)
        return found

    def _forget(self, descriptor: int) -> None:
        self._masks.pop(descriptor, None)
        with suppress(OSError):
            self._epoll.unregister(descriptor)

    def close(self) -> None:
        self._epoll.close()


class SelectorPoller:
    """By whatever the system has instead of epoll(7)."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def fileno(self) -> int:
        return self._selector.fileno()  # where the system has such a thing

    def watch(self, descriptor: int, mask: int) -> None:
        with suppress(OSError, KeyError):
            if not mask:
                self._selector.unregister(descriptor)
            elif descriptor in self._selector.get_map():
                self._selector.modify(descriptor, mask)
            else:
                self._selector.register(descriptor, mask)

    def ready(self) -> list[tuple[int, int]]:
        return [(key.fd, mask) for key, mask in self._selector.select(0)]

    def close(self) -> None:
        self._selector.close()


def new_poller() -> Poller:
    """Return the one that costs least here."""
    return EpollPoller() if hasattr(select, "epoll") else SelectorPoller()
