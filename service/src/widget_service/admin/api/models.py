"""Shapes of what is sent and answered that more than one resource has."""

from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

Item = TypeVar("Item")

MAX_LIMIT = 1000


class Model(BaseModel):
    """What is sent or answered: a member that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_iso, return_type=str, when_used="json")]
"""A moment, in UTC, as RFC 3339 writes it."""


class Query(Model):
    """The query parameters that every operation takes."""

    tenant: str = Field("default", description="The tenant concerned.", max_length=63)


class PageQuery(Query):
    """Those of a list."""

    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="How many items at most.")
    cursor: str | None = Field(None, max_length=2000, description="`next` of the page before.")


class Page(Model, Generic[Item]):
    """One page of a list; ``next`` is the cursor of the page after it, null on the last."""

    items: list[Item]
    next: str | None = None


class ProblemModel(Model):
    """One thing that is wrong with what was sent, and where."""

    path: str = Field(description="A JSONPath (RFC 9535).")
    severity: Literal["error", "warning"]
    code: str | None
    message: str
    expected: str
    subject: str | None
    line: int | None
    column: int | None


class ErrorDetails(Model):
    """Why a request was refused."""

    code: str
    detail: str
    problems: list[ProblemModel] | None = None


class ErrorEnvelope(Model):
    """The answer to a request that was refused."""

    success: Literal[False]
    errors: ErrorDetails
    request_id: str
