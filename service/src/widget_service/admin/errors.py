"""The errors of the admin origin, in the envelope of the wire protocol, with every problem and its path."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from widget_service.connectors.problems import Problem
from widget_service.control.editing import DefinitionRefused
from widget_service.control.registry_source import SyncRefused
from widget_service.control.secret_use import SecretsNotYours
from widget_service.storage.errors import Conflict, InvalidValue, NotFound, StorageError
from widget_service.vault import UnstorableSecret, VaultError

STATUS_BY_CODE: Final[dict[str, int]] = {
    "INVALID_REQUEST": 400,
    "AUTHENTICATION_REQUIRED": 401,
    "INVALID_TOKEN": 401,
    "ACCESS_DENIED": 403,
    "CSRF_FAILED": 403,
    "ORIGIN_NOT_ALLOWED": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "PRECONDITION_FAILED": 412,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "UNKNOWN_HOST": 421,
    "INVALID": 422,
    "PRECONDITION_REQUIRED": 428,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
    "UNAVAILABLE": 503,
}


class AdminError(Exception):
    """A request that ends in the envelope; ``problems`` are all that is wrong with what was sent."""

    def __init__(
        self, code: str, detail: str, *, problems: Iterable[Problem] = (), headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status = STATUS_BY_CODE[code]
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = tuple(headers)

    def body(self, request_id: str) -> bytes:
        """Return ``{"success": false, "errors": {"code", "detail", "problems"?}, "request_id"}``."""
        errors: dict[str, Any] = {"code": self.code, "detail": self.detail}
        if self.problems:
            errors["problems"] = [problem.as_dict() for problem in self.problems]
        return orjson.dumps({"success": False, "errors": errors, "request_id": request_id})


def told(error: Exception) -> AdminError | None:
    """Return what the control plane has raised as an answer, None for a mistake of the program."""
    match error:
        case AdminError():
            return error
        case NotFound():
            return AdminError("NOT_FOUND", str(error))
        case Conflict():
            return AdminError("CONFLICT", str(error))
        case SecretsNotYours():
            return AdminError("ACCESS_DENIED", str(error))
        case InvalidValue() | UnstorableSecret():
            return AdminError("INVALID", str(error))
        case DefinitionRefused() | SyncRefused():
            return AdminError("INVALID", str(error), problems=error.problems)
        case StorageError() | VaultError():
            return AdminError("UNAVAILABLE", str(error), headers=[("Retry-After", "5")])
    return None


def unforeseen() -> AdminError:
    """Return the error that stands for a mistake of ours."""
    return AdminError("INTERNAL_ERROR", "Something unforeseen happened; the log has it under this request id.")
