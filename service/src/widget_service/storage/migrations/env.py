"""What alembic runs: the steps, in the transaction that `upgrade` has begun."""

from alembic import context

from widget_service.storage.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
