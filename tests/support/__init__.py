"""Real servers for tests: an upstream that records what reached it, and the service itself."""
