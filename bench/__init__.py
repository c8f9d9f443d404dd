"""Measures what a call costs, beside other proxies that do the same."""
