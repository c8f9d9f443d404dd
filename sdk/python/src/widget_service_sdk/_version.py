"""The version of this distribution; the other places that name it are checked against it."""

__version__ = "0.1.0"
