"""What the platform's scan of a widget's files would refuse, as far as it is plain to see; warnings, never errors."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from widget_service.connectors.problems import Finding, shown
from widget_service.widgets.fields import is_url
from widget_service.widgets.hosting.headers import SCRIPT_HOSTS

REJECTED: Final = "CONTENT_SCAN_REJECTED"

_SCANNED: Final = frozenset({".html", ".htm", ".js", ".mjs", ".jsx"})
_CATEGORIES: Final[Mapping[str, tuple[re.Pattern[bytes], str]]] = {
    "credential_exposure": (
        re.compile(
            rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
            rb"|\b[rs]k_live_[A-Za-z0-9]{16,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{35}\b"
        ),
        "no credential: everybody can read a widget; a connector can hold it",
    ),
    "obfuscation": (
        re.compile(rb"\beval\s*\(\s*(?:atob|unescape|String\s*\.\s*fromCharCode)\b|(?:\\x[0-9A-Fa-f]{2}){200}"),
        "code as it was written, or as a bundler makes it",
    ),
    "crypto_mining": (
        re.compile(rb"\b(?:coinhive|cryptonight|coin-?imp|minero\.cc|webminepool)\b", re.IGNORECASE),
        "no code that mines",
    ),
}


def scan(files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield a warning for each category that some of the files fall into."""
    scanned = {path: body for path, body in files.items() if PurePosixPath(path).suffix.lower() in _SCANNED}
    for category, (pattern, expected) in _CATEGORIES.items():
        found = [path for path, body in sorted(scanned.items()) if pattern.search(body)]
        if found:
            message = f"holds {found[0]}, which the platform's scan may refuse: {category}"
            yield Finding(code=REJECTED, message=message, expected=expected, severity="warning")


def scan_script_urls(urls: list[str]) -> Iterator[Finding]:
    """Yield a warning for scripts of hosts that the Content-Security-Policy does not allow."""
    refused = [url for url in urls if not is_allowed_script(url)]
    if refused:
        hosts = ", ".join(host.removeprefix("https://") for host in SCRIPT_HOSTS)
        yield Finding(
            code=REJECTED,
            message=f"loads {shown(refused[0])}, which browsers will not run: external_script_loading",
            expected=f"the script in the widget's folder, or on one of {hosts}",
            severity="warning",
        )


def is_allowed_script(url: str) -> bool:
    """Whether a script element may load ``url``: a file of the service, or one of the hosts that the policy allows."""
    absolute = f"https:{url}" if url.startswith("//") else url
    return not is_url(absolute) or any(absolute.startswith(f"{host}/") for host in SCRIPT_HOSTS)
