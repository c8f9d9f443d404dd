"""Where in which repository a registry is; what is said of it is checked here."""

import re
from dataclasses import dataclass
from typing import Final

from widget_service.egress.urls import UrlError, parse_url

_BRANCH: Final = re.compile(r"(?!.*(\.\.|//|@\{|\.lock(/|$)))[A-Za-z0-9_][A-Za-z0-9_./+@#-]*(?<![/.])")
"""A branch (git-check-ref-format) of letters that need no quoting anywhere."""
_FOLDER: Final = re.compile(r"[^\x00-\x1f\x7f\\]+")


class WrongRepository(Exception):
    """What is said of a repository cannot be right; the message says why, and what would be."""


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A repository by its https URL, a branch of it, and a folder within, empty for the top."""

    url: str
    branch: str
    folder: str

    @classmethod
    def checked(cls, url: str, branch: str, folder: str, *, allow_insecure: bool) -> "GitRepository":
        """Return it in its normal form; raise `WrongRepository`."""
        try:
            parsed = parse_url(url)
        except UrlError as error:
            raise WrongRepository(
                f"The URL is none: {error}. Give one such as https://git.example.com/shop.git"
            ) from None
        if parsed.origin.startswith("http:") and not allow_insecure:
            raise WrongRepository("The URL is http: give an https one.")
        if parsed.query or not parsed.path.strip("/"):
            raise WrongRepository("The URL names no repository, or has a query: https://git.example.com/shop.git")
        if not _BRANCH.fullmatch(branch) or len(branch) > 255:
            raise WrongRepository(f"{branch!r} is no branch such as main.")
        parts = [part for part in folder.split("/") if part]
        if any(part in (".", "..") for part in parts) or (folder and not _FOLDER.fullmatch(folder)):
            raise WrongRepository(f"{folder!r} is no folder of a repository such as connectors/shop.")
        return cls(url.rstrip("/"), branch, "/".join(parts))

    @property
    def origin(self) -> str:
        """Where it is asked for."""
        return parse_url(self.url).origin

    @property
    def place(self) -> str:
        """What the store calls the place."""
        return f"{self.url}#{self.branch}" + (f":{self.folder}" if self.folder else "")
