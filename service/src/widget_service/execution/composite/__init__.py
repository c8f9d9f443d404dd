"""Composites: several exchanges in one execution, side by side where the result is that of running in order."""
