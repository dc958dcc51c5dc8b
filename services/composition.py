"""The one place where an installation is put together from its settings."""

from functools import cached_property, partial
from typing import TYPE_CHECKING

from infra.log.sqlite import LogRecorder
from infra.regions import Regions
from infra.settings import Settings
from projections.findings.rules import Limits
from services.publishing.application import PublishingApplication
from services.publishing.deciding import PublishingLimits
from services.publishing.publisher import Publisher

if TYPE_CHECKING:
    import faust

    from infra.tokens import Tokens
    from infra.views import Views
    from projections.engine import Engine
    from projections.follower import Follower
    from services.relay.relay import Relay


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
        return PublishingApplication(self.settings.log_path)

    @property
    def log(self) -> LogRecorder:
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
        from infra.views.sqlite import open_views  # noqa: PLC0415 - publishing needs no views, and these load slowly

        return open_views(self.settings.views_path)

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

    @cached_property
    def relay(self) -> "Relay":
        """What sends the log to Kafka."""
        from infra.kafka.transactions import transactional_producer  # noqa: PLC0415 - only a relay needs Kafka
        from services.relay.lease import Lease  # noqa: PLC0415 - likewise
        from services.relay.relay import TRANSACTIONAL_ID, Relay  # noqa: PLC0415 - likewise

        return Relay(
            self.log,
            partial(Lease, self.postgres),
            partial(transactional_producer, self.settings.kafka, TRANSACTIONAL_ID),
            self.settings.kafka_partitions,
        )

    @cached_property
    def tokens(self) -> "Tokens":
        """By which whoever publishes from afar is known."""
        from infra.tokens import Tokens  # noqa: PLC0415 - not everywhere installed

        return Tokens(self.postgres)

    def inbox(self) -> "faust.App":
        """Return the app of the inbox."""
        from mode.loop import use  # noqa: PLC0415 - likewise

        use("uvloop")  # before Faust is imported
        from infra.kafka.brokers import open_producer  # noqa: PLC0415 - likewise
        from infra.kafka.streaming import streaming_app  # noqa: PLC0415 - likewise
        from infra.kafka.topics import INBOX  # noqa: PLC0415 - likewise
        from services.inbox.inbox import GROUP, PASSING, Inbox  # noqa: PLC0415 - likewise
        from services.inbox.message import received  # noqa: PLC0415 - likewise

        inbox = Inbox(self.publisher, self.tokens, open_producer(self.kafka))
        return streaming_app(
            GROUP,
            self.kafka,
            INBOX,
            lambda messages: inbox.take([received(one) for one in messages]),
            passing=PASSING,
            datadir=self.settings.home / "inbox",
        )

    def close(self) -> None:
        """Let go of what was opened."""
        parts = self.__dict__
        if "tokens" in parts:
            self.tokens.close()
        if "views" in parts:
            self.views.close()
        if "application" in parts:
            self.log.close()  # waits for a commit at work; the library's own close would not
            self.application.close()
