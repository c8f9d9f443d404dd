"""One execution: what the stages of the pipeline read and add, from the call to the answer."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from widget_service.authentication.base import Credential
from widget_service.authentication.grant import TokenGrant
from widget_service.authentication.tokens.token import Token
from widget_service.caching.answers import Answer, RecordedAnswer, StoredAnswer
from widget_service.caching.entry import Entry
from widget_service.caching.request import CacheRequest
from widget_service.connectors.compiling import CompiledConnector
from widget_service.connectors.snapshot import Snapshot
from widget_service.egress.client_tls import ClientTls
from widget_service.egress.upload import Upload
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.limits.destinations import Slot
from widget_service.execution.limits.places import Place
from widget_service.execution.timing import Timing
from widget_service.identity.callers import ANONYMOUS, Caller, Identified
from widget_service.templating import RenderContext

if TYPE_CHECKING:
    from widget_service.execution.composite.running import CompositeRun

Pair = tuple[str, str]
QueryPair = tuple[str, str | None]


@dataclass(slots=True)
class ResolvedRequest:
    """The request to the destination, as it will be sent. ``base_url`` is origin and path, without a query."""

    method: str
    base_url: str
    query: list[QueryPair] = field(repr=False)
    headers: list[Pair] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInStep:
    """One thing that signing in did, and how long it took."""

    what: Literal["signed", "cached", "shared", "fetched", "waited", "renewing", "refused", "failed"]
    ms: float


@dataclass(frozen=True, slots=True)
class Memo:
    """What a response template made of a kept answer, where it reads nothing else; it stands beside the answer.

    ``answer`` has an entry as soon as it is kept, which may be when it has been read.
    """

    answer: StoredAnswer | RecordedAnswer
    note: Callable[[Entry, object, bytes], None]

    def of(self, template: object) -> bytes | None:
        """Return what ``template`` made of it, None where it has not been rendered yet."""
        entry = self.answer.entry
        rendered = None if entry is None else entry.rendered
        return rendered[1] if rendered is not None and rendered[0] is template else None

    def keep(self, template: object, text: bytes) -> None:
        """Take note of it."""
        if self.answer.entry is not None:
            self.note(self.answer.entry, template, text)


@dataclass(slots=True)
class Execution:
    """Goes straight down the pipeline; each stage fills what the next one needs."""

    call: IncomingCall
    snapshot: Snapshot
    request_id: str
    timing: Timing = field(default_factory=Timing)
    caller: Caller = ANONYMOUS
    identified: Identified = field(init=False)
    """The caller with what its tenant says about callers."""
    connector: CompiledConnector = field(init=False)
    context: RenderContext = field(init=False)
    request: ResolvedRequest = field(init=False)
    credential: Credential | None = None
    grant: TokenGrant | None = None
    token: Token | None = None
    """The token that was obtained by ``grant`` and is sent."""
    token_values: set[str] = field(default_factory=set, repr=False)
    """All tokens that were sent: a destination may tell one that it has refused."""
    sign_in: list[SignInStep] = field(default_factory=list)
    until: float = 0.0
    """The event loop's time at which the destination's response headers must be there; set when signing in begins."""
    upload: Upload | None = None
    """The caller's body, where it is sent on as it comes."""
    tls: ClientTls | None = None
    slot: Slot | None = None
    place: Place | None = None
    """The call's place among those of its tenant, where they are limited."""
    rate_headers: list[Pair] = field(default_factory=list)
    upstream: Answer = field(init=False)
    rest_s: float = 0.0
    """For how long the answer is still fresh."""
    memo: Memo | None = None
    kept: tuple[CacheRequest, Entry] | None = None
    """What a kept answer that is fresh was found by, and it."""
    attempts: int = 0
    """How often the destination was asked."""
    upstream_body: bytes | None = None
    """The destination's own body, where all of it was held."""
    composite: "CompositeRun | None" = None

    def again(self) -> "Execution":
        """Return an execution of the same resolved request, with a time and a place of its own."""
        other = Execution(self.call, self.snapshot, self.request_id, caller=self.caller)
        other.connector, other.context, other.identified = self.connector, self.context, self.identified
        other.request = replace(self.request)
        other.credential, other.grant, other.token, other.tls = self.credential, self.grant, self.token, self.tls
        return other

    @property
    def tenant_id(self) -> str:
        """The tenant that the call concerns, empty while that is not known."""
        return self.snapshot.tenant_id if hasattr(self, "identified") else ""

    async def release(self) -> None:
        """Give back what the call holds: its connection and its place at the destination. Idempotent."""
        if self.composite is not None:
            await self.composite.release()
        if hasattr(self, "upstream"):
            await self.upstream.aclose()
        if self.slot is not None:
            self.slot.leave()
        if self.place is not None:
            self.place.leave()
