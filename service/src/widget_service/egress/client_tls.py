"""What a connector brings for TLS: authorities of its own, and a certificate to show. Given to libcurl from memory."""

from dataclasses import dataclass, field

import pycurl


@dataclass(frozen=True, slots=True)
class ClientTls:
    """PEM texts: ``ca`` is believed instead of the system's authorities; certificate and key come together.

    Connections are shared only by requests whose texts are the same.
    """

    ca: bytes | None = None
    client_cert: bytes | None = None
    client_key: bytes | None = field(default=None, repr=False)


def set_tls(handle: pycurl.Curl, tls: ClientTls) -> None:
    """Set the certificates on a fresh handle; what cannot be read fails the handshake, not this call."""
    if tls.ca is not None:
        handle.unsetopt(pycurl.CAINFO)
        handle.setopt(pycurl.CAINFO_BLOB, tls.ca)
    if tls.client_cert is not None and tls.client_key is not None:
        handle.setopt(pycurl.SSLCERTTYPE, "PEM")
        handle.setopt(pycurl.SSLKEYTYPE, "PEM")
        handle.setopt(pycurl.SSLCERT_BLOB, tls.client_cert)
        handle.setopt(pycurl.SSLKEY_BLOB, tls.client_key)
