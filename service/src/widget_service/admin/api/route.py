"""A row of the API's table: what is asked, who may, what is sent, what is answered, and what is called for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from widget_service.admin.api.models import Query
from widget_service.admin.api.preconditions import Precondition
from widget_service.admin.context import AdminContext
from widget_service.identity.rights import Access, Principal
from widget_service.storage.actors import Actor


@dataclass(frozen=True, slots=True)
class Call:
    """One request that may be made: who makes it, and what it says, checked against the route's models."""

    context: AdminContext
    principal: Principal
    actor: Actor
    path: Mapping[str, str]
    query: Any
    body: Any
    headers: Mapping[str, str]
    precondition: Precondition
    request_id: str

    @property
    def tenant_id(self) -> str:
        """The tenant concerned."""
        name: str = self.query.tenant
        return name

    def check(self, etag_of: Callable[[Any], str]) -> Callable[[Any], None]:
        """Return what the control plane calls inside its transaction, with what is there, or None for nothing."""
        return lambda current: self.precondition.check(None if current is None else etag_of(current))


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a model or plain JSON values, None for no body; ``etag`` is that of what was read or made."""

    value: BaseModel | Mapping[str, Any] | None = None
    status: int = 200
    etag: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Call], Reply] | Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation. ``path`` is below ``/api/v1``, with parameters in braces.

    ``name`` names the operation in the contract. ``call`` runs in a thread, unless it is a coroutine function. A route
    with ``is_conditional`` needs ``If-Match`` where it changes what is there. ``answers`` of None means no body (204).
    """

    method: str
    path: str
    name: str
    call: Handler
    access: Access
    summary: str
    description: str = ""
    query: type[Query] = Query
    body: type[BaseModel] | None = None
    answers: Any = None
    status: int = 200
    is_conditional: bool = False
    errors: tuple[str, ...] = ()
    example: Mapping[str, Any] | None = None
    """A body that may be sent, for the contract; the tests send it."""
    example_path: Mapping[str, str] = field(default_factory=dict)
    """Path parameters with which ``example`` may be sent."""
