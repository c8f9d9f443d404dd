"""Many executions in one request, each answered by a line as soon as it is over."""
