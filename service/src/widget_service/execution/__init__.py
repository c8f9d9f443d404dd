"""The hot path: one call, from request to response, a module a stage."""
