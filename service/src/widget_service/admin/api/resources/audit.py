"""``/audit``: who changed what, the youngest first."""

from typing import Any

from pydantic import Field

from widget_service.admin.api.models import Model, Page, PageQuery
from widget_service.admin.api.paging import cursor_key, page_of_rows
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.control.audit import entries
from widget_service.identity.rights import READ
from widget_service.storage.audit import Entry

_LAST = 2**62


class AuditEntry(Model):
    """One change; `details` is what was there before and after, secrets in it as digests."""

    number: int
    revision: int | None
    at: str
    actor: str
    address: str
    action: str
    tenant_id: str | None
    details: dict[str, Any]
    hash: str


class AuditQuery(PageQuery):
    """Which entries: all of the installation, unless said; `tenant` says nothing here."""

    of_tenant: str | None = Field(None, max_length=63, description="Those of this tenant only.")
    actor: str | None = Field(None, max_length=510, description="Those of this actor only, such as `admin:anna`.")
    action: str | None = Field(None, max_length=255, description="Those of this kind only, such as `secret.set`.")


def list_audit(call: Call) -> Reply:
    """Answer with a page of entries."""
    query = call.query
    wanted = {"tenant_id": query.of_tenant, "actor": query.actor, "action": query.action}
    rows = entries(
        call.context.plane,
        before=cursor_key(query, int) or _LAST,
        limit=query.limit + 1,
        **{name: value for name, value in wanted.items() if value is not None},
    )
    return Reply(page_of_rows(rows, query, key=lambda entry: entry.number, shown=_shown))


def _shown(entry: Entry) -> AuditEntry:
    return AuditEntry(
        number=entry.number,
        revision=entry.revision,
        at=entry.at,
        actor=entry.actor,
        address=entry.address,
        action=entry.action,
        tenant_id=entry.tenant_id,
        details=entry.details,
        hash=entry.hash,
    )


ROUTES = (
    Route(
        method="GET",
        path="/audit",
        name="list_audit",
        call=list_audit,
        access=READ,
        summary="List who changed what, the youngest first.",
        query=AuditQuery,
        answers=Page[AuditEntry],
    ),
)
