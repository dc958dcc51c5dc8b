"""`jejak migrate`: brings the schema of the database up to date."""

from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, opened, say


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
    sentence = (
        _("the schema was up to date: {version}")
        if before == migrations.NEWEST
        else _("the schema is {version} now")
    )
    say(sentence.format(version=migrations.NEWEST))
    return exits.DONE
