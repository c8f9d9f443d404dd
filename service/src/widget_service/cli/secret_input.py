"""Where the value of a secret comes from: a file, standard input or a prompt, never an argument."""

import sys
from pathlib import Path

import typer

from widget_service.cli.refusals import refuse

MAX_SECRET_BYTES = 1024 * 1024


def read_secret(name: str, file: Path | None) -> str:
    """Return the value; one line end at the end of a file or of standard input is dropped."""
    if file is None and sys.stdin.isatty():
        value: str = typer.prompt(f"Value of {name}", hide_input=True, confirmation_prompt="Once more")
        return value
    source = str(file) if file is not None else "standard input"
    raw = _read_file(file) if file is not None else sys.stdin.buffer.read(MAX_SECRET_BYTES + 1)
    if len(raw) > MAX_SECRET_BYTES:
        refuse(f"{source} holds more than {MAX_SECRET_BYTES} bytes, too much for a secret.")
    text = _decoded(raw)
    if text is None:
        refuse(f"{source} is no text in UTF-8; encode it, as base64 say, and decode it in the template.")
    return text.removesuffix("\r\n") if text.endswith("\r\n") else text.removesuffix("\n")


def read_password(file: Path) -> str:
    """Return the password in a file, or of standard input where it is ``-``; one line end at its end is dropped."""
    return read_secret("the password", None if str(file) == "-" else file)


def _read_file(file: Path) -> bytes:
    with file.open("rb") as handle:
        return handle.read(MAX_SECRET_BYTES + 1)


def _decoded(raw: bytes) -> str | None:
    # The codec's own error carries the bytes: it must not reach anybody.
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
