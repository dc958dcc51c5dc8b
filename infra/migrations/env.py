"""What Alembic runs: the migrations, on the connection and in the transaction of `infra.migrations.migrate`."""

from alembic import context

from infra.migrations import VERSION_TABLE
from infra.postgresql import KEPT

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    version_table_schema=KEPT,
)
with context.begin_transaction():
    context.run_migrations()
