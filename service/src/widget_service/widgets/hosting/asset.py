"""A hosted file, and the answer that it is served with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

from widget_service.widgets.hosting.headers import ASSET_HEADERS, LASTING

_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,15})-(?P<last>[0-9]{0,15})")

_MEDIA_TYPES: Mapping[str, str] = {
    ".aac": "audio/aac",
    ".apng": "image/apng",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".cjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".eot": "application/vnd.ms-fontobject",
    ".flac": "audio/flac",
    ".geojson": "application/geo+json",
    ".gif": "image/gif",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".ics": "text/calendar; charset=utf-8",
    ".jfif": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".jsx": "text/javascript; charset=utf-8",
    ".m4a": "audio/mp4",
    ".m4v": "video/mp4",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".ogv": "video/ogg",
    ".opus": "audio/ogg",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python; charset=utf-8",
    ".svg": "image/svg+xml",
    ".tsv": "text/tab-separated-values; charset=utf-8",
    ".ttc": "font/collection",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".xml": "text/xml; charset=utf-8",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
}
"""A table of our own: that of the operating system differs from machine to machine."""


def media_type(path: str) -> str:
    """Return the media type of a file by its name; files are UTF-8."""
    return _MEDIA_TYPES.get(PurePosixPath(path).suffix.lower(), "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in memory."""

    body: bytes
    media_type: str
    etag: str

    def response(self, request: Request, *, is_lasting: bool = False) -> Response:
        """Answer a GET or HEAD; 304 when the browser has the file already (RFC 9110 §13.1.2).

        What ``is_lasting`` has a URL that always means the same bytes: browsers need not ask again (RFC 8246 §2).
        """
        headers = {**ASSET_HEADERS, **(LASTING if is_lasting else {}), "ETag": self.etag}
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if self.etag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        headers |= {"Content-Type": self.media_type, "Accept-Ranges": "bytes"}
        part = self._asked_part(request)
        if part is None:
            return Response(self.body, headers=headers)
        size = len(self.body)
        if not part:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        return Response(self.body[part.start : part.stop], 206, headers=headers)

    def _asked_part(self, request: Request) -> range | None:
        """Return the part that a player of media asks for, an empty one that cannot be; None: everything.

        Several parts at once may be answered with everything (RFC 9110 §14.2).
        """
        asked = _RANGE.fullmatch(request.headers.get("range", ""))
        if asked is None or request.headers.get("if-range", self.etag) != self.etag:
            return None
        size, first, last = len(self.body), asked["first"], asked["last"]
        if first and last and int(last) < int(first):
            return None
        if first:
            return range(int(first), min(int(last) + 1, size) if last else size)
        return range(max(size - int(last), 0), size) if last else None


def asset(path: str, body: bytes) -> Asset:
    """Return the asset that the file ``path`` is."""
    return Asset(body, media_type(path), f'"{sha256(body).hexdigest()[:20]}"')
