"""What alembic runs: the steps, in the transaction that `upgrade` has begun."""

from alembic import context

from widget_service.storage.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
