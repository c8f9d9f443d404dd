"""A name server for tests, and the look-up that asks it: as little of DNS over UDP as is needed (RFC 1035)."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

_A, _AAAA, _IN = 1, 28, 1
_NO_SUCH_NAME = 3


class NameServer:
    """Answers from ``names``: a list of addresses, or a list of such lists, each for one look-up, the last for good."""

    def __init__(self) -> None:
        self.names: dict[str, list] = {}
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    @contextmanager
    def serving(self) -> Iterator["NameServer"]:
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", self.port))
            thread.join(timeout=5)
            self._socket.close()

    def _serve(self) -> None:
        while True:
            query, client = self._socket.recvfrom(512)
            if not query:
                return
            self._socket.sendto(self._answer(query), client)

    def _answer(self, query: bytes) -> bytes:
        name, end = _read_name(query)
        kind = struct.unpack_from("!H", query, end)[0]
        question = query[12 : end + 4]
        if name not in self.names:
            return query[:2] + struct.pack("!5H", 0x8180 | _NO_SUCH_NAME, 1, 0, 0, 0) + question
        addresses = [ip_address(text) for text in self._addresses(name, kind)]
        found = [address.packed for address in addresses if address.version == (4 if kind == _A else 6)]
        records = b"".join(struct.pack("!HHHIH", 0xC00C, kind, _IN, 0, len(data)) + data for data in found)
        return query[:2] + struct.pack("!5H", 0x8180, 1, len(found), 0, 0) + question + records

    def _addresses(self, name: str, kind: int) -> list[str]:
        if kind == _A:
            self.asked.append(name)
        answers = self.names[name]
        if not answers or isinstance(answers[0], str):
            return answers
        return answers.pop(0) if kind == _AAAA and len(answers) > 1 else answers[0]


def look_up(port: int, name: str) -> list[str]:
    """Return the addresses of ``name`` by the server on ``port``: first A, then AAAA."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect(("127.0.0.1", port))
        for kind in (_A, _AAAA):
            labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
            client.send(struct.pack("!6H", kind, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, _IN))
            found += _read_addresses(client.recv(65535), name)
    return found


def _read_addresses(answer: bytes, name: str) -> list[str]:
    _, flags, _, count = struct.unpack_from("!4H", answer)
    if flags & 0xF:
        raise OSError(f"{name}: the name server answered with code {flags & 0xF}")
    position = _read_name(answer)[1] + 4
    found = []
    for _ in range(count):
        length = struct.unpack_from("!H", answer, position + 10)[0]
        found.append(str(ip_address(answer[position + 12 : position + 12 + length])))
        position += 12 + length
    return found


def _read_name(message: bytes) -> tuple[str, int]:
    """Return the name of the question and where it ends."""
    labels, position = [], 12
    while length := message[position]:
        labels.append(message[position + 1 : position + 1 + length].decode())
        position += 1 + length
    return ".".join(labels), position + 1
