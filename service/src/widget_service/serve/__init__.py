"""The service for visitors: connectors from the database, served until it is told to stop."""
