"""HTTP caching as a shared cache (RFC 9111, RFC 5861): decisions without I/O, stores, and one fetch for many."""
