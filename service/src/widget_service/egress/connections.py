"""Pools of connections, apart where libcurl would share what must not be shared."""

import pycurl

from widget_service.egress.client_tls import ClientTls
from widget_service.egress.driver import Driver, OnEnd
from widget_service.egress.handles import Handles
from widget_service.egress.policy import EgressPolicy

_MAX_IDLE = 256
_MAX_POOLS = 128


class ConnectionPool:
    """Runs handles on connections that are kept open between requests.

    libcurl itself uses a connection again only for the host name, port and scheme that it was made for.
    """

    def __init__(self, handles: Handles) -> None:
        self._handles = handles
        self._driver = Driver(max_idle=_MAX_IDLE)

    @property
    def is_busy(self) -> bool:
        """Whether a transfer runs."""
        return self._driver.is_busy

    @property
    def running(self) -> int:
        """How many transfers run."""
        return self._driver.running

    def start(self, handle: pycurl.Curl, on_end: OnEnd) -> None:
        """Begin a transfer, soon; ``on_end`` is told of its end."""
        self._driver.start(handle, on_end)

    def stop(self, handle: pycurl.Curl) -> None:
        """Break a transfer off; its connection is closed, unless others share it."""
        self._driver.stop(handle)
        handle.close()

    def give_back(self, handle: pycurl.Curl, *, is_plain: bool) -> None:
        """Take the handle of a transfer that has ended; see `Handles.give_back`."""
        self._handles.give_back(handle, is_plain=is_plain)

    def close(self) -> None:
        """Break all transfers off and close all connections."""
        self._driver.close()


class PoolsOfPolicy:
    """The pools that were filled under one policy.

    A mapped host has a pool of its own: its target's address may be another host's too. So has each set of
    certificates. With the policy go its pools: what was opened under one is not used under another. ``users`` counts
    the requests that will still use them; ``spent`` are pools that nobody will.
    """

    def __init__(self, policy: EgressPolicy, handles: Handles) -> None:
        self.policy = policy
        self.users = 0
        self._handles = handles
        self.spent: list[ConnectionPool] = []
        self._pools: dict[tuple[str | None, ClientTls | None], ConnectionPool] = {}

    def pool(self, mapped_from: str | None, tls: ClientTls | None = None) -> ConnectionPool:
        """Return the pool for one mapped host or none (None), with certificates of its own or the usual."""
        key = (mapped_from, tls)
        pool = self._pools.get(key)
        if pool is None:
            if len(self._pools) >= _MAX_POOLS:
                self._retire_idle()
            pool = self._pools[key] = ConnectionPool(self._handles)
        return pool

    @property
    def is_busy(self) -> bool:
        """Whether a transfer runs in any of the pools, or will."""
        return self.users > 0 or any(pool.is_busy for pool in self._pools.values())

    @property
    def running(self) -> int:
        """How many transfers run in all of the pools."""
        return sum(pool.running for pool in self._pools.values())

    def close_spent(self) -> None:
        """Close the pools that nobody will use."""
        while self.spent:
            self.spent.pop().close()

    def close(self) -> None:
        """Break all transfers off and close all connections."""
        pools, self._pools = self._pools, {}
        self.close_spent()
        for pool in pools.values():
            pool.close()

    def _retire_idle(self) -> None:
        """Certificates are renewed: the pools of old ones would stay for ever."""
        for key, pool in list(self._pools.items()):
            if key != (None, None) and not pool.is_busy:
                self.spent.append(self._pools.pop(key))
