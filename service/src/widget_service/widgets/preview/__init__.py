"""The host page, ``/preview/``: every widget of a repository as the platform would show it."""
