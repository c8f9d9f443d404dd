"""Paths of a registry: inside of the repository, whatever the operating system makes of them."""

from collections.abc import Iterator

from widget_service.connectors.problems import Finding, shown

PATH_TRAVERSAL = "PATH_TRAVERSAL_DETECTED"
ABSOLUTE_PATH = "ABSOLUTE_PATH_NOT_ALLOWED"


def check_repository_path(path: str) -> Iterator[Finding]:
    """Yield what is wrong with ``path``, which must stay below the folder that it is read from."""
    parts = path.replace("\\", "/").split("/")
    if ".." in parts:
        yield Finding(
            code=PATH_TRAVERSAL,
            message=f"is {shown(path)}, which leaves the folder",
            expected="a path without '..'",
        )
    if path.startswith(("/", "\\")) or path[1:2] == ":":
        yield Finding(
            code=ABSOLUTE_PATH,
            message=f"is {shown(path)}, an absolute path",
            expected=shown(path.partition(":")[2].lstrip("/\\") if path[1:2] == ":" else path.lstrip("/\\")),
        )
    elif "\\" in path:
        yield Finding(code="pattern", message=f"is {shown(path)}", expected=shown(path.replace("\\", "/")))
