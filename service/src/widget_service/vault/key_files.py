"""Where master keys come from: a setting's text, or a file that only the service's user can read."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from widget_service.vault.errors import MasterKeyError
from widget_service.vault.master_keys import MasterKey, MasterKeys

TEXT_SETTING = "WIDGET_SERVICE_MASTER_KEY"
FILE_SETTING = "WIDGET_SERVICE_MASTER_KEY_FILE"
MAX_FILE_BYTES = 64 * 1024
ROOT_UID = 0


def load_master_keys(text: str | None, file: Path | None) -> MasterKeys:
    """Return the master keys that ``text`` holds or, where it is None, ``file``.

    The file is a regular one, or a link to one as container platforms mount them; it belongs to this process's user or
    to root, and nobody else may read it. Raises `MasterKeyError`, which says what is wrong and what to do; an empty
    text is such an error, never a reason to look for the file.
    """
    try:
        if text is not None:
            return MasterKeys.from_text(text, source=TEXT_SETTING)
        if file is not None:
            return MasterKeys.from_text(_read_private_file(file), source=str(file))
    finally:
        del text  # the frame of an error must not hold it
    raise MasterKeyError(
        f"There is no master key. Run `widget-service init`, which makes one, or set {TEXT_SETTING} or {FILE_SETTING}."
    )


def create_master_key_file(file: Path) -> bool:
    """Write a new master key to ``file``, mode 0600; return False, and leave it alone, when there is one already.

    The key is written whole beside its place and linked there, so that no reader sees half of it, and of two
    processes that start at once one wins and both read its key. Raises `MasterKeyError` where it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(file):
            return False
        return _write_draft_and_link(draft, file)
    except OSError as error:
        raise MasterKeyError(f"{file} cannot be made ({_reason(error)}); choose a place that can be written.") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _write_draft_and_link(draft: Path, file: Path) -> bool:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(MasterKey.create().as_text().encode() + b"\n")
        handle.flush()
        os.fsync(descriptor)
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    _sync_folder(file.parent)  # a key that a power cut takes away takes every secret with it
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_private_file(file: Path) -> str:
    """Return the file's text once what was opened, whatever its name points to by then, is found to be private."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not block the start
    except FileNotFoundError:
        raise MasterKeyError(
            f"There is no master key: {file} does not exist. Run `widget-service init`, which makes one, or restore "
            "it from a backup where there are secrets already."
        ) from None
    except OSError as error:
        raise MasterKeyError(
            f"{file} cannot be read ({_reason(error)}); it must be a file of the user that the service runs as."
        ) from None
    try:
        fault = fault_of(os.fstat(descriptor), file, user_id=os.geteuid())
        if fault:
            raise MasterKeyError(fault)
        return os.read(descriptor, MAX_FILE_BYTES).decode("ascii", "replace")
    finally:
        os.close(descriptor)


def fault_of(status: os.stat_result, file: Path, *, user_id: int) -> str:
    """Return what is wrong with a key file of that status for a process of that user, "" when nothing is."""
    if not stat.S_ISREG(status.st_mode):
        return f"{file} is not a file; a master key is kept in a regular file of its own."
    if status.st_uid not in (user_id, ROOT_UID):
        return (
            f"{file} belongs to another user (uid {status.st_uid}), who could replace the master key; "
            f"run: chown {user_id} {file}"
        )
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"{file} is open to others (mode {stat.S_IMODE(status.st_mode):04o}); run: chmod 600 {file}"
    if status.st_size > MAX_FILE_BYTES:
        return f"{file} is larger than {MAX_FILE_BYTES} bytes and holds no master key."
    return ""


def _reason(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else "it is not possible here"
