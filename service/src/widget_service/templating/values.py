"""What templates see: plain data, and a few functions that read from the snapshot."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from widget_service.templating.errors import TemplateRenderError
from widget_service.templating.fields import USER_ATTRIBUTES
from widget_service.templating.functions import sign
from widget_service.templating.limits import Budget
from widget_service.templating.missing import Unknown
from widget_service.templating.reads import Reads


@dataclass(frozen=True, slots=True)
class ResponseView:
    """The destination's answer as ``response``: ``body`` is None when it is no text; header names are lowercase."""

    body: str | None
    status_code: int
    headers: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"body": self.body, "status_code": self.status_code, "headers": dict(self.headers)}


STEP_METHODS: Final = frozenset({"get", "items", "keys", "values"})
"""What ``steps`` can be asked as a whole; no step is meant by these names after a dot."""


class StepResults(dict[str, Any]):
    """``steps``: the result of each step by its name, also where a dict has a method of that name."""

    __slots__ = ()


class ProfileFields:
    """``user.profile_fields``: the values of a profile by the number of their field."""

    __slots__ = ("_by_id",)

    def __init__(self, by_id: Mapping[str, Any]) -> None:
        self._by_id = by_id

    def by_id(self, field_id: Any) -> Any:
        """Return the value of a field, None where the profile has none."""
        return self._by_id.get(str(field_id))


def _nothing(name: str) -> str:
    raise KeyError(name)


@dataclass(slots=True)
class RenderContext:
    """What one execution gives to its templates. ``user`` is None for an anonymous caller.

    ``get_secret`` and ``get_variable`` raise ``KeyError`` for a name that there is not; ``now`` returns Unix seconds.
    """

    user: Mapping[str, Any] | None = None
    tenant_id: str = ""
    get_secret: Callable[[str], str] = field(default=_nothing, repr=False)
    get_variable: Callable[[str], str] = _nothing
    now: Callable[[], float] = time.time
    path_params: Mapping[str, str] = field(default_factory=dict)
    body_text: str | None = ""
    body_raw: str | None = ""
    response: ResponseView | None = None
    steps: StepResults | None = None
    """The results of earlier steps, in a composite; with them comes ``request``."""
    request: Mapping[str, Any] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    """Those that the templates of bodies may read: in a composite all, else none."""
    budget: Budget = field(default_factory=Budget, repr=False)
    secrets_used: dict[str, str] = field(default_factory=dict, repr=False)
    """What was read by ``get_secret``, by name."""
    _names: dict[str, Any] | None = field(default=None, repr=False)

    def names(self) -> dict[str, Any]:
        """Return every name that there is, ready for a template; which of them a field has, its template knows."""
        if self._names is None:
            self._names = {
                "user": user_view(self.user),
                "tenant_id": self.tenant_id,
                "get_secret": self._secret,
                "get_variable": self._variable,
                "now": self._now,
                "jwt_encode": sign,
                "pathParams": self.path_params,
                "body_text": self.body_text,
                "body_raw": self.body_raw,
            }
            if self.steps is not None:
                self._names |= {"steps": self.steps, "request": self.request}
        if self.response is not None and "response" not in self._names:
            self._names["response"] = self.response.as_dict()
        return self._names

    def plain(self, reads: Reads) -> dict[str, Any]:
        """Return what the template of a body that ``reads`` this sees, as plain data for another process."""
        return {
            "user": dict(self.user) if self.user is not None else None,
            "tenant_id": self.tenant_id,
            "now": self.now(),
            "body_text": self.body_text,
            "body_raw": self.body_raw,
            "response": self.response.as_dict() if self.response is not None else None,
            "steps": self._steps_of(reads) if self.steps is not None else None,
            "request": self.request if "request" in reads.names else {},
            "variables": _named(self.variables, "get_variable", reads.variables, reads),
        }

    def size_of_steps(self, reads: Reads) -> int:
        """Return the characters of the bodies that a template of a composite which ``reads`` this works on."""
        if self.steps is None:
            return 0
        size = sum(len(result["body"] or "") for result in self._steps_of(reads).values())
        if "request" in reads.names and self.request is not None:
            size += len(self.request["body_text"] or "")
        return size

    def _steps_of(self, reads: Reads) -> dict[str, Any]:
        names = reads.steps if reads.steps.isdisjoint(STEP_METHODS) else (self.steps or ())
        return StepResults(_named(self.steps or {}, "steps", names, reads))

    def _secret(self, name: Any) -> Any:
        value = _look_up(self.get_secret, name, "secret")
        if isinstance(value, str):
            self.secrets_used[name] = value
        return value

    def _variable(self, name: Any) -> Any:
        return _look_up(self.get_variable, name, "variable")

    def _now(self, offset: int = 0) -> int:
        return int(self.now()) + int(offset)


def _named(given: Mapping[str, Any], owner: str, names: Iterable[str], reads: Reads) -> dict[str, Any]:
    """Return those of ``given`` that are named, or all where the template computes a name."""
    return dict(given) if owner in reads.indirect else {name: given[name] for name in names if name in given}


def user_view(user: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return ``user``: of an anonymous caller every attribute is None."""
    known = user or {}
    view = {name: known.get(name) for name in USER_ATTRIBUTES}
    view["profile_fields"] = ProfileFields(known.get("profile_fields") or {})
    return view


def _look_up(read: Callable[[str], str], name: Any, kind: str) -> Any:
    if not isinstance(name, str):
        raise TemplateRenderError(f"get_{kind}() takes the name of a {kind}, in quotes")
    try:
        return read(name)
    except KeyError:
        return Unknown(kind, name)
