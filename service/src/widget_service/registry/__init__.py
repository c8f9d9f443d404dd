"""Registries, the files that hold a repository's connectors and widgets: reading, checking and syncing them."""
