"""The protocol without I/O: build a request, read an answer, map an error.

What every shell and every transport shares; nothing in here opens a socket, reads a clock or looks at the page.
"""

from .answers import is_of_destination, parse_body, read_value
from .batch import build_batch_request, check_executions
from .batch_results import BatchResults
from .calls import check_call
from .failures import error_of
from .options import COMPOSITE, CONFIG, CONFIGURE, EXECUTE, EXECUTE_RAW, OptionNames, read_options
from .outages import BrokenOff, Outage, OutOfTime, Unreachable
from .requests import build_request, credentials_mode, subject_of
from .settings import Settings, change_settings, checked_timeout, with_found_csrf_token
from .wire import Answer, Request, Subject

__all__ = [
    "COMPOSITE",
    "CONFIG",
    "CONFIGURE",
    "EXECUTE",
    "EXECUTE_RAW",
    "Answer",
    "BatchResults",
    "BrokenOff",
    "OptionNames",
    "OutOfTime",
    "Outage",
    "Request",
    "Settings",
    "Subject",
    "Unreachable",
    "build_batch_request",
    "build_request",
    "change_settings",
    "check_call",
    "check_executions",
    "checked_timeout",
    "credentials_mode",
    "error_of",
    "is_of_destination",
    "parse_body",
    "read_options",
    "read_value",
    "subject_of",
    "with_found_csrf_token",
]
