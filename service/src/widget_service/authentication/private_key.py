"""Reading private keys in the shapes that people paste: what can be read is, else it is said what is wrong."""

import base64
import binascii
import re
from typing import Any

from widget_service.errors import AuthenticationFailed

_BLOCK = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<body>.*?)-----END (?P=label)-----", re.S)
_BEGIN = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<body>[^-]*)$")
_END = re.compile(r"^(?P<body>[^-]*)-----END (?P<label>[A-Z0-9 ]+)-----")
_OPENSSH = "OPENSSH PRIVATE KEY"
_NEEDED = "-----BEGIN PRIVATE KEY-----, its base64 lines and -----END PRIVATE KEY-----"
_ENCRYPTED = "The key is encrypted with a passphrase; store it without one."


def read_private_key(text: str) -> tuple[Any, str]:
    """Return the key and its kind: ``RSA``, ``EC``, ``OKP`` for Ed25519, nothing for others.

    Raises `AuthenticationFailed` (``JWT_SIGNING_ERROR``), which never quotes the key.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key = _loaded(*_label_and_bytes(_unescaped(text)))
    kinds = ((rsa.RSAPrivateKey, "RSA"), (ec.EllipticCurvePrivateKey, "EC"), (ed25519.Ed25519PrivateKey, "OKP"))
    return key, next((name for type_, name in kinds if isinstance(key, type_)), "")


def refused(detail: str) -> AuthenticationFailed:
    """Return the error of a token that cannot be signed."""
    return AuthenticationFailed("JWT_SIGNING_ERROR", detail)


def _unescaped(text: str) -> str:
    r"""Return the text with real ends of lines: a file, a JSON file or a shell may have escaped them, also twice."""
    return re.sub(r"\\+n", "\n", re.sub(r"\\+r", "", text)).strip("\ufeff\"' \t\r\n")


def _label_and_bytes(text: str) -> tuple[str, bytes]:
    """Return what the block says it is, nothing for one without header, and what it holds."""
    blocks = [(match["label"], match["body"]) for match in _BLOCK.finditer(text)]
    half = _BEGIN.search(text) or _END.search(text)
    if not blocks and half is not None:
        blocks = [(half["label"], half["body"])]
    private = next(((label, body) for label, body in blocks if "PRIVATE KEY" in label), None)
    if private is None and blocks:
        raise refused(f"The key is a block of {blocks[0][0].lower()}; signing needs the private key.")
    label, body = private or ("", text)
    if "ENCRYPTED" in label or "Proc-Type" in body:
        raise refused(_ENCRYPTED)
    held = _decoded(body, label, is_half=bool(label) and _BLOCK.search(text) is None)
    if not label and held.startswith(b"-----BEGIN "):  # the whole file, encoded once more
        return _label_and_bytes(held.decode("ascii", "replace"))
    return label, held


def _decoded(body: str, label: str, *, is_half: bool) -> bytes:
    try:
        held = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        held = b""
    if held:
        return held
    if is_half:
        raise refused(f"The BEGIN or the END line of the key is missing, or damaged: it must be {_NEEDED}.")
    if label:
        raise refused("The key is damaged: what stands between its BEGIN and END lines is no base64, or not all of it.")
    if "BEGIN" in body[:20] or "-----" in body[:40] + body[-40:]:
        raise refused(f"The BEGIN or the END line of the key is damaged: it must be {_NEEDED}.")
    raise refused(f"The key is no PEM: it must be {_NEEDED}.")


def _loaded(label: str, held: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_ssh_private_key

    try:
        if label == _OPENSSH:
            return load_ssh_private_key(_openssh(held), password=None)
        return load_der_private_key(held, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        if "password" in str(error).lower():
            raise refused(_ENCRYPTED) from None
        raise refused(
            "The key cannot be read: it is not complete, damaged or of a kind that is not known; it must be the whole "
            "private key, as PKCS#8, PKCS#1, SEC1 or OpenSSH have it."
        ) from None


def _openssh(held: bytes) -> bytes:
    return f"-----BEGIN {_OPENSSH}-----\n{base64.encodebytes(held).decode()}-----END {_OPENSSH}-----\n".encode()
