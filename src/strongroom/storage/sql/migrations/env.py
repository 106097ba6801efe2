"""Runs the migrations on the connection that `migrate.upgrade` hands over, in the transaction that it has begun.

Principles: none
"""

from alembic import context

from strongroom.storage.sql.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
