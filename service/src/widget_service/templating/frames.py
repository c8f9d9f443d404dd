"""What the service and its worker processes say to each other: a header, then as many bytes as it says."""

import struct
from typing import Final

LENGTH: Final = struct.Struct(">cQ")
"""The kind of a message and the length of what follows."""

REQUEST: Final = b"R"
TEXT: Final = b"T"
ERROR: Final = b"E"
LIMIT: Final = b"L"
SIGNING: Final = b"S"
