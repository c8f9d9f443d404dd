"""Settings that hold a password and can come from a file instead, as container platforms hand secrets over."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

MAX_FILE_BYTES = 64 * 1024
FROM_FILES = ("database_url", "cache_url", "metrics_token", "oidc_client_secret")
"""Each has a twin with ``_file`` at its end. The master key's file is another matter: it must be private."""


def with_secrets_of_files(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of settings, those of named files read; raise `ValueError` naming each fault."""
    read, faults = dict(values), []
    for name in FROM_FILES:
        file = values.get(f"{name}_file")
        if file is None:
            continue
        if values.get(name) is not None:
            faults.append(f"{name.upper()} and {name.upper()}_FILE are both given; give one")
            continue
        try:
            read[name] = _text(Path(file))
        except (OSError, ValueError) as error:
            faults.append(f"{name.upper()}_FILE: {file} cannot be read ({_reason(error)})")
    if faults:
        raise ValueError("; ".join(faults))
    return read


def _text(file: Path) -> str:
    """The file's only line."""
    with file.open("rb") as opened:
        content = opened.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"it is larger than {MAX_FILE_BYTES} bytes")
    text = content.decode("utf-8", "replace").strip()
    if not text or "\n" in text or "�" in text:
        raise ValueError("it must hold one line of text")
    return text


def _reason(error: Exception) -> str:
    return (error.strerror or "it is not possible here").lower() if isinstance(error, OSError) else str(error)
