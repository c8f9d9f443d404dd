"""Asking an OpenID Connect provider, through the guarded client."""
