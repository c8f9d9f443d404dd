"""What the control plane keeps: tenants, definitions, values, registries and the history of their changes."""
