"""Registries from git repositories: the protocol without I/O, fetching through the guard, and unpacking in a child."""
