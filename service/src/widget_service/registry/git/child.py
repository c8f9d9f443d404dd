"""The child process that unpacks: the pack on standard input, the file on standard output, below a line that tells."""

import json
import resource
import sys
from io import BytesIO

from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob, Commit, ObjectID, Tree

from widget_service.registry.check_path import CONNECTORS_NAME
from widget_service.registry.load import MAX_REGISTRY_BYTES

_FILES = (0o100644, 0o100755, 0o100664)


class _Refused(Exception):
    """The commit has no registry that can be read."""


def main() -> None:
    """Unpack what is on standard input, within the bytes of memory and the seconds of processor time that are given."""
    commit, folder, max_memory_bytes, max_cpu_s = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(max_memory_bytes),) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (int(max_cpu_s),) * 2)
    error, raw = "", None
    try:
        raw = file_of(sys.stdin.buffer.read(), commit, folder)
    except _Refused as refused:
        error = str(refused)
    head = json.dumps({"error": error, "is_there": raw is not None})
    sys.stdout.buffer.write(head.encode() + b"\n" + (raw or b""))


def file_of(pack: bytes, commit: str, folder: str) -> bytes | None:
    """Return the registry's file in a folder of the commit, None where the folder has none."""
    store = MemoryObjectStore()
    file, commit_pack, _ = store.add_pack()
    file.write(pack)
    commit_pack()
    head = store[ObjectID(commit.encode())]
    if not isinstance(head, Commit):
        raise _Refused("the branch is at something else than a commit")
    tree = store[head.tree]
    for name in folder.split("/") if folder else ():
        tree = store[_entry(tree, name, folder)]
    if not isinstance(tree, Tree):
        raise _Refused(f"'{folder}' is no folder")
    if CONNECTORS_NAME.encode() not in tree:
        return None
    mode, digest = tree[CONNECTORS_NAME.encode()]
    if mode not in _FILES:
        raise _Refused(f"{CONNECTORS_NAME} is a link, a folder or a submodule, and not a file")
    blob = store[digest]
    if not isinstance(blob, Blob) or len(blob.data) > MAX_REGISTRY_BYTES:
        raise _Refused(f"{CONNECTORS_NAME} is larger than {MAX_REGISTRY_BYTES // 1024 // 1024} MiB")
    return BytesIO(blob.data).getvalue()


def _entry(tree: object, name: str, folder: str) -> ObjectID:
    if not isinstance(tree, Tree) or name.encode() not in tree:
        raise _Refused(f"there is no folder '{folder}' in the branch")
    mode, digest = tree[name.encode()]
    if mode != 0o040000:
        raise _Refused(f"'{name}' in '{folder}' is no folder")
    return ObjectID(digest)


if __name__ == "__main__":
    main()
