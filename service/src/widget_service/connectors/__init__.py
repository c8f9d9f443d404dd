"""Connector definitions: what they hold, the rules that they keep, and what executes them."""
