"""`jejak migrate`: brings the schema of the database up to date."""

from typing import TYPE_CHECKING

from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, opened, say

if TYPE_CHECKING:
    from infra.settings import Settings


def migrate(*, common: Common = COMMON) -> int:
    """Make the schema of the database, or bring an older one up to date.

    Examples:
        jejak migrate

    """
    with opened(common) as jejak:
        settings = jejak.settings
        if settings.mode == "embedded":
            say(_("there is nothing to migrate: in the embedded mode every command sees to the files by itself"))
            return exits.DONE
        from infra import migrations  # noqa: PLC0415 - an embedded installation has no driver to load

        setting = "postgres" if settings.postgres_admin is None else "postgres_admin"
        admin = jejak.postgres if settings.postgres_admin is None else settings.postgres_admin.get_secret_value()
        before = migrations.migrate(admin, jejak.postgres, setting=setting)
        topics = _declare_topics(settings)
    sentence = (
        _("the schema was up to date: {version}")
        if before == migrations.NEWEST
        else _("the schema is {version} now")
    )
    say(sentence.format(version=migrations.NEWEST))
    if topics:
        say(_("topics made on Kafka: {topics}").format(topics=", ".join(topics)))
    return exits.DONE


def _declare_topics(settings: "Settings") -> list[str]:
    """Declare the topics, where there is a Kafka; return those that were made."""
    if settings.kafka is None:
        return []
    from infra.kafka.topics import declare_topics  # noqa: PLC0415 - an embedded installation has no Kafka

    return declare_topics(settings.kafka, settings)
