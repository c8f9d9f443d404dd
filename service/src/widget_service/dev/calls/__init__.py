"""The calls of connectors, told to the host page: what came, what it resolved to, what was answered, what to mend."""
