"""A socket that libcurl takes over."""

import socket


class LentSocket:
    """A socket of which libcurl takes a duplicate; it is closed as soon as that has happened."""

    def __init__(self, family: int, kind: int, protocol: int) -> None:
        self._socket = socket.socket(family, kind, protocol)

    def fileno(self) -> int:
        """Return the descriptor to duplicate."""
        return self._socket.fileno()

    def __del__(self) -> None:
        self._socket.close()
