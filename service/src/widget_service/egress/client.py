"""The client for every outgoing request: the guard before each hop, then libcurl."""

from collections import Counter
from dataclasses import replace
from functools import partial

from widget_service.egress.connections import PoolsOfPolicy
from widget_service.egress.failures import not_allowed, not_followed, too_slow, unreachable
from widget_service.egress.handles import Handles
from widget_service.egress.messages import UpstreamRequest, UpstreamResponse
from widget_service.egress.policy import Destination, EgressPolicy, Refused, Rule, is_literal_address
from widget_service.egress.redirects import (
    FOLLOWED_METHODS,
    MAX_REDIRECTS,
    STATUSES,
    headers_for_other_origin,
    redirect_target,
)
from widget_service.egress.request_options import is_plain, set_request
from widget_service.egress.resolver import ResolutionFailed, Resolver
from widget_service.egress.transfer import Transfer
from widget_service.egress.urls import Url, UrlError, parse_url
from widget_service.errors import ConfigurationError, ServiceError
from widget_service.time_limits import Deadlines, now

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110 §9.2.2


class UpstreamClient:
    """Sends requests where the policy allows it. ``policy`` may be set at any time; running requests keep the old one.

    ``resolver`` is the system's when absent, ``ca_file`` (PEM) the system's authorities. Used in one event loop.
    """

    def __init__(self, policy: EgressPolicy, *, resolver: Resolver | None = None, ca_file: str | None = None) -> None:
        self._resolver = resolver or Resolver()
        self._handles = Handles(ca_file)
        self._pools = PoolsOfPolicy(policy, self._handles)
        self._retired: list[PoolsOfPolicy] = []
        self._deadlines = Deadlines()
        self._closed = False
        self.refusals: Counter[str] = Counter()
        """How often a destination was refused, by the rule."""

    @property
    def policy(self) -> EgressPolicy:
        """What is allowed now."""
        return self._pools.policy

    @policy.setter
    def policy(self, policy: EgressPolicy) -> None:
        if policy != self._pools.policy:
            self._retired.append(self._pools)
            self._pools = PoolsOfPolicy(policy, self._handles)

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """Return the answer to ``request``, redirects of GET and HEAD followed, its body not read yet.

        Raises `ConfigurationError` (``DESTINATION_NOT_ALLOWED``) where the policy refuses a hop, and `UpstreamError`
        for everything that goes wrong between here and the destination's response headers.
        """
        if self._closed:
            raise RuntimeError("the client is closed")
        if self._retired:
            self._close_retired()
        if self._pools.spent:
            self._pools.close_spent()
        try:
            url = parse_url(request.url)
        except UrlError as error:
            raise self._counted(not_allowed(Refused(Rule.URL, str(error)))) from None
        pools, until = self._pools, now() + request.headers_timeout_s
        pools.users += 1
        try:
            return await _Hops(pools, self._resolver, self._handles, self._deadlines, until).follow(request, url)
        except TimeoutError:
            reason = f"did not send its response headers within {round(request.headers_timeout_s, 2):g} s"
            raise too_slow(url.host, reason) from None
        except ConfigurationError as error:
            raise self._counted(error) from None
        finally:
            pools.users -= 1

    async def aclose(self) -> None:
        """Break all requests off and close all connections."""
        self._closed = True
        self._resolver.forget()
        for pools in (*self._retired, self._pools):
            pools.close()
        self._retired.clear()
        self._handles.close()

    @property
    def connections_opened(self) -> int:
        """How many connections were begun, those that failed included."""
        return self._handles.connections_opened

    @property
    def running(self) -> int:
        """How many exchanges run now."""
        return sum(pools.running for pools in (*self._retired, self._pools))

    def _counted(self, error: ServiceError) -> ServiceError:
        if isinstance(error, ConfigurationError):
            self.refusals[error.rule] += 1
        return error

    def _close_retired(self) -> None:
        idle = [pools for pools in self._retired if not pools.is_busy]
        self._retired = [pools for pools in self._retired if pools.is_busy]
        for pools in idle:
            pools.close()


class _Hops:
    """One request over its redirects, all under the policy that it began with, and by ``until`` at the latest."""

    def __init__(
        self, pools: PoolsOfPolicy, resolver: Resolver, handles: Handles, deadlines: Deadlines, until: float
    ) -> None:
        self._pools, self._resolver, self._handles = pools, resolver, handles
        self._deadlines, self._until = deadlines, until

    async def follow(self, request: UpstreamRequest, url: Url) -> UpstreamResponse:
        """Return the first answer that is no redirect. Raises ``TimeoutError`` too."""
        for hops in range(MAX_REDIRECTS + 1):
            destination = self._destination(url)
            transfer = await self._exchange(request, destination)
            status = transfer.head.status
            if status not in STATUSES or request.as_proxy:
                return UpstreamResponse(request, transfer, was_redirected=hops > 0)
            transfer.stop()
            target = _next_url(request, transfer, url, destination)
            request, url = _next_request(request, status, same_origin=target.origin == url.origin), target
        raise not_followed(url.host, status, f"after {MAX_REDIRECTS} others")

    def _destination(self, url: Url) -> Destination:
        try:
            return self._pools.policy.destination(url)
        except Refused as refused:
            raise not_allowed(refused) from None

    async def _exchange(self, request: UpstreamRequest, destination: Destination) -> Transfer:
        pinned = [] if is_literal_address(destination.url.host) else await self._addresses(request, destination)
        mapped = destination.mapped_from is not None
        transfer = Transfer(
            destination.mapped_from or destination.url.host,
            judge=partial(self._pools.policy.judge, mapped=mapped),
            deadlines=self._deadlines,
            once=request.upload is not None or not (request.is_repeatable or request.method in _REPEATABLE),
            decodes=not request.as_proxy and request.method != "HEAD",
            upload=request.upload,
        )
        handle = self._handles.take()
        try:
            set_request(handle, request, destination.url, pinned)
            pool = self._pools.pool(destination.mapped_from, request.tls)
            transfer.start(handle, pool, is_plain=is_plain(request, destination.url))
            await transfer.wait_for_head(self._until)
        except BaseException:
            transfer.stop()
            raise
        finally:
            self._handles.connections_opened += transfer.connections_opened
        return transfer

    async def _addresses(self, request: UpstreamRequest, destination: Destination) -> list[str]:
        """Return the addresses of a host name, none of them refused."""
        host = destination.url.host
        told = destination.mapped_from or host
        try:
            remaining = self._until - now()
            found = await self._resolver.resolve(host, min(request.connect_timeout_s, remaining))
            for address in found:
                self._pools.policy.check_address(address, destination)
        except ResolutionFailed as error:
            raise unreachable(told, "has a name that cannot be resolved", str(error)) from None
        except Refused as refused:
            raise not_allowed(refused) from None
        except TimeoutError:
            raise too_slow(told, "has a name that was not resolved in time", never_sent=True) from None
        return found


def _next_url(request: UpstreamRequest, transfer: Transfer, url: Url, destination: Destination) -> Url:
    """Return where a redirect leads; raise the error for one that is not followed."""
    status, locations = transfer.head.status, transfer.head.values("location")
    if request.method not in FOLLOWED_METHODS:
        raise not_followed(url.host, status, f"which is not followed for {request.method}")
    if len(locations) != 1:
        raise not_followed(url.host, status, "with no Location, or with more than one")
    try:
        target = redirect_target(url, locations[0])
    except UrlError as error:
        raise not_followed(url.host, status, f"whose Location cannot be used: {error}") from None
    if destination.mapped_from is not None and target.origin == destination.url.origin:
        return replace(url, path=target.path, query=target.query)  # a mapped host names its target: still itself
    return target


def _next_request(request: UpstreamRequest, status: int, *, same_origin: bool) -> UpstreamRequest:
    """Return the request of the next hop: what was meant for one origin does not go to another."""
    body = request.body if same_origin and status != 303 else None
    headers = request.headers if same_origin else headers_for_other_origin(request.headers, request.sensitive_headers)
    return replace(request, headers=headers, body=body, tls=request.tls if same_origin else None)
