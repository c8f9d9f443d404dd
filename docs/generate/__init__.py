"""Makes the pages of `docs/reference` out of the code, so that they say what it does: a module for each page."""
