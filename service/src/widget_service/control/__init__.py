"""The control plane: what admins change, by commands, pages or API, and the snapshots that executions read."""
