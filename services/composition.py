"""The one place where an installation is put together from its settings."""

from functools import cached_property
from typing import TYPE_CHECKING

from infra.language import translate as _
from infra.log import Log
from infra.regions import Regions
from infra.settings import Settings
from projections.findings.rules import Limits
from services.publishing.application import PublishingApplication
from services.publishing.deciding import PublishingLimits
from services.publishing.publisher import Publisher

if TYPE_CHECKING:
    from infra.views import Views
    from projections.engine import Engine
    from projections.follower import Follower


class NoDatabaseError(Exception):
    """The distributed mode has no database: the sentence says how to name one."""


class Jejak:
    """An installation: its log, its publisher, its views. Each part is made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def regions(self) -> Regions:
        """The region table."""
        return Regions()

    @cached_property
    def application(self) -> PublishingApplication:
        """The log as an eventsourcing application."""
        return PublishingApplication(self._persistence)

    @property
    def _persistence(self) -> dict[str, str]:
        """Where the log is kept, in the words of eventsourcing."""
        match self.settings.mode:
            case "embedded":
                self.settings.home.mkdir(parents=True, exist_ok=True)
                return {"PERSISTENCE_MODULE": "infra.log.sqlite", "SQLITE_DBNAME": str(self.settings.log_path)}
            case "distributed":
                return {"PERSISTENCE_MODULE": "infra.log.postgresql", "POSTGRES_URL": self.postgres}

    @property
    def postgres(self) -> str:
        """The libpq URL of the database, which may hold a password.

        Raises:
            NoDatabaseError: there is none.

        """
        if self.settings.postgres is None:
            raise NoDatabaseError(
                _(
                    "the distributed mode needs a database: name it in JEJAK_POSTGRES or jejak.toml, such as"
                    " postgresql://user@host/name"
                )
            )
        return self.settings.postgres.get_secret_value()

    @property
    def log(self) -> Log:
        """The log."""
        return self.application.log

    @property
    def finding_limits(self) -> Limits:
        """The limits of the findings."""
        return Limits(recorded_late=int(self.settings.recorded_late.total_seconds()) * 1_000_000)

    @cached_property
    def publisher(self) -> Publisher:
        """The one way into the log."""
        limits = PublishingLimits(
            clock_skew=self.settings.clock_skew,
            clock_behind=self.settings.clock_behind,
            findings=self.finding_limits,
        )
        return Publisher(self.log, self.regions, limits=limits)

    @cached_property
    def views(self) -> "Views":
        """The store of the views."""
        match self.settings.mode:
            case "embedded":
                from infra.views import sqlite  # noqa: PLC0415 - publishing needs no views, and these load slowly

                return sqlite.open_views(self.settings.views_path)
            case "distributed":
                from infra.views import postgresql  # noqa: PLC0415 - likewise

                return postgresql.open_views(self.postgres)

    @cached_property
    def engine(self) -> "Engine":
        """The engine over every projection."""
        from projections.catalogue import PROJECTIONS  # noqa: PLC0415 - likewise
        from projections.engine import Engine  # noqa: PLC0415 - likewise

        return Engine(self.views, PROJECTIONS)

    @cached_property
    def follower(self) -> "Follower":
        """What brings the views up to date."""
        from projections.follower import Follower  # noqa: PLC0415 - likewise

        return Follower(self.log, self.engine)

    def close(self) -> None:
        """Let go of what was opened."""
        parts = self.__dict__
        if "views" in parts:
            self.views.close()
        if "application" in parts:
            self.log.close()  # waits for a commit at work; the library's own close would not
            self.application.close()
