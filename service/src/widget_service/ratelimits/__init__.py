"""How often something may be done: counted in memory, or in Valkey for all processes together."""
