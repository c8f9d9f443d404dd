"""What the service tells of itself to who watches it: metrics of all its processes, and traces."""
