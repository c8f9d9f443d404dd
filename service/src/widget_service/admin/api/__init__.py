"""The REST API under ``/api/v1/``: one table of routes, by which requests are answered and the contract is made."""
