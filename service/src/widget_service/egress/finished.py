"""An answer that did not come over the network: whoever reads it cannot tell."""

from widget_service.egress.addresses import Verdict
from widget_service.egress.messages import Pair, UpstreamRequest, UpstreamResponse
from widget_service.egress.transfer import Transfer
from widget_service.time_limits import Deadlines


class FinishedResponse(UpstreamResponse):
    """An answer that is there already; ``source`` says where it came from."""

    def __init__(
        self, request: UpstreamRequest, status: int, headers: list[Pair], body: bytes, *, host: str, source: str
    ) -> None:
        super().__init__(request, _Finished(host, status, headers, body))
        self.source = source

    @property
    def is_delimited(self) -> bool:
        """It is at hand already: nobody needs to keep it."""
        return False


class _Finished(Transfer):
    """An exchange that has ended before it was begun."""

    def __init__(self, host: str, status: int, headers: list[Pair], body: bytes) -> None:
        super().__init__(host, judge=lambda _: Verdict.UNSPECIFIED, deadlines=Deadlines(), once=True, decodes=False)
        self.head.status = status
        self.head.set_fields(headers)
        self.ended = True
        self._chunks, self._buffered, self._total = [body] if body else [], len(body), len(body)
