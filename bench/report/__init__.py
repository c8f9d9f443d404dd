"""From samples to what people and programs read."""
