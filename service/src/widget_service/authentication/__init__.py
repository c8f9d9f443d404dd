"""Signing in to destinations: one module a type, each an `Authenticator` made once from a definition."""
