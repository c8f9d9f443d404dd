"""For tests of the service from outside; no part of a serving process."""
