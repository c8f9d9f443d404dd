"""How much is taken on at a time, and when a destination that does not answer is left alone."""
