"""What a connector brings for TLS: authorities of its own, and a certificate to show."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ClientTls:
    """PEM texts: ``ca`` is believed instead of the system's authorities; certificate and key come together.

    Connections are shared only by requests whose texts are the same.
    """

    ca: bytes | None = None
    client_cert: bytes | None = None
    client_key: bytes | None = field(default=None, repr=False)
