"""Whose certificates are believed: the system's, so that an operator's own authority is added where it always is."""

import os
import ssl

_KNOWN_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
)


def system_ca_file() -> str | None:
    """Return the file of the system's authorities, ``SSL_CERT_FILE`` before all others; None where there is none.

    Without a file no certificate is believed: every TLS connection fails, none is left unverified.
    """
    candidates = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *_KNOWN_FILES)
    return next((file for file in candidates if file and os.path.isfile(file)), None)
