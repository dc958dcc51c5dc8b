"""The one place where an installation is put together from its settings."""

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.language import translate as _
from infra.log import Log
from infra.regions import Regions
from infra.settings import Settings
from projections.findings.rules import Limits
from services.known_names import KnownNames
from services.publishing.application import PublishingApplication
from services.publishing.deciding import PublishingLimits
from services.publishing.publisher import Publisher

if TYPE_CHECKING:
    from infra.kafka.streaming import Streaming
    from infra.kafka.taken import TakenOffsets
    from infra.observability.metrics import Metrics
    from infra.tokens import Tokens
    from infra.views import Connection, Views
    from projections.engine import Engine, Projection
    from projections.follower import Follower
    from projections.worker.worker import Worker
    from services.auditing.verify import Progress, Verdict
    from services.publishing.group import GroupCommit
    from services.relay.relay import Relay
    from services.stream import Stream


class MissingPackageError(Exception):
    """A setting asks for what only the packages of the distributed mode can do."""

    def __init__(self, package: str) -> None:
        super().__init__(
            _(
                "health_port is set, and the package {package} is not installed: install"
                " infra/requirements/distributed.txt, or leave the setting out"
            ).format(package=package)
        )


class NoDatabaseError(Exception):
    """The distributed mode has no database: the sentence says how to name one."""


class NoKafkaError(Exception):
    """A part of the distributed mode has no Kafka: the sentence says how to name one."""


class Jejak:
    """An installation: its log, its publisher, its views. Each part is made when it is first asked for."""

    def __init__(self, settings: Settings, copy: Path | None = None, *, read_only: bool = False) -> None:
        self.settings = settings
        self.read_only = read_only
        """Whether nothing is written where the settings say that log and views are kept."""
        folder = settings.home if copy is None else copy
        self._log_path, self._views_path = folder / settings.log_path.name, folder / settings.views_path.name

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
                self._log_path.parent.mkdir(parents=True, exist_ok=True)
                return {"PERSISTENCE_MODULE": "infra.log.sqlite", "SQLITE_DBNAME": str(self._log_path)}
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
        url = self.settings.postgres.get_secret_value()
        if not self.read_only:
            return url
        from infra.postgresql import read_only  # noqa: PLC0415 - not everywhere installed

        return read_only(url)

    @property
    def log(self) -> Log:
        """The log."""
        return self.application.log

    @cached_property
    def metrics(self) -> "Metrics | None":
        """What is counted and timed; None where nobody can ask for it.

        Raises:
            MissingPackageError: the packages that it takes are not installed.

        """
        if self.settings.health_port is None:
            return None
        try:
            from infra.observability.metrics import Metrics  # noqa: PLC0415 - not everywhere installed
        except ModuleNotFoundError as error:
            raise MissingPackageError(error.name or "") from error

        return Metrics()

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
        names = self.names.like
        if self.metrics is None:
            return Publisher(self.log, self.regions, limits=limits, names=names)
        from services.publishing.measured import MeasuredPublisher  # noqa: PLC0415 - only a part that is watched

        return MeasuredPublisher(self.log, self.regions, limits, self.metrics, names=names)

    @cached_property
    def group(self) -> "GroupCommit":
        """The publisher, for many threads at once: once it is asked for, nobody else may use `publisher`."""
        from services.publishing.group import GroupCommit  # noqa: PLC0415 - a command publishes alone

        return GroupCommit(self.publisher)

    @cached_property
    def views(self) -> "Views":
        """The store of the views."""
        match self.settings.mode:
            case "embedded":
                from infra.views import sqlite  # noqa: PLC0415 - publishing needs no views, and these load slowly

                return sqlite.open_views(self._views_path)
            case "distributed":
                from infra.views import postgresql  # noqa: PLC0415 - likewise

                return postgresql.open_views(self.postgres)

    @cached_property
    def names(self) -> KnownNames:
        """The ids among which a mistyped one is looked for."""
        return KnownNames(self.log, self._views_if_there)

    def _views_if_there(self) -> "Views | None":
        """Return the store of the views, unless it would have to be made."""
        there = self.settings.mode == "distributed" or self.settings.views_path.exists()
        return self.views if there else None

    @cached_property
    def engine(self) -> "Engine":
        """The engine over every projection."""
        from projections.catalogue import PROJECTIONS  # noqa: PLC0415 - likewise

        return self._engine_over(PROJECTIONS)

    def _engine_over(self, projections: "Sequence[Projection]") -> "Engine":
        from projections.engine import Engine  # noqa: PLC0415 - likewise

        match self.settings.mode:
            case "embedded":
                return Engine(self.views, projections)
            case "distributed":
                if not self.has_workers:
                    return Engine(self.views, projections)
                return Engine(self.views, projections, self.settings.kafka_partitions, _how_far_sent)

    @property
    def has_workers(self) -> bool:
        """Whether workers fold what can be folded by partitions."""
        return self.settings.mode == "distributed" and self.settings.kafka is not None

    @property
    def kafka(self) -> str:
        """The brokers that are asked first.

        Raises:
            NoKafkaError: there are none.

        """
        if self.settings.kafka is None:
            raise NoKafkaError(
                _("there is no Kafka: name its brokers in JEJAK_KAFKA or jejak.toml, such as kafka.example:9092")
            )
        return self.settings.kafka

    def look_at_stream(self) -> "Stream | None":
        """Return how far the stream is now; None where there is no Kafka.

        Raises:
            as `services.stream.look_at_stream`.

        """
        if not self.has_workers:
            return None
        from services.stream import look_at_stream  # noqa: PLC0415 - not everywhere installed

        return look_at_stream(self.log, self.postgres, self.kafka)

    @cached_property
    def follower(self) -> "Follower":
        """What brings the views up to date; beside workers, those that need the one order of the log."""
        from projections.catalogue import PROJECTIONS  # noqa: PLC0415 - likewise
        from projections.follower import Follower  # noqa: PLC0415 - likewise

        if not self.has_workers:
            return Follower(self.log, self.engine)
        self.engine.prepare()  # these tell the others of what they find
        return Follower(self.log, self._engine_over([each for each in PROJECTIONS if not each.partitioned]))

    @cached_property
    def partitioned_engine(self) -> "Engine":
        """The engine over those projections that workers fold."""
        from projections.catalogue import PROJECTIONS  # noqa: PLC0415 - likewise

        return self._engine_over([each for each in PROJECTIONS if each.partitioned])

    def check_views(self) -> None:
        """Make the tables of views that others fold, and see that they are of this log.

        Raises:
            OtherLogError, OtherVersionError, OtherPartitionsError: they are not those of this installation.

        """
        self.engine.prepare()
        self.engine.verify(self.log)

    def verify(self, progress: "Progress | None" = None) -> "Verdict":
        """Look whether the log and its views keep what they promise.

        Raises:
            as `services.auditing.verify.verify`.

        """
        from projections.catalogue import PROJECTIONS  # noqa: PLC0415 - likewise
        from services.auditing.verify import verify  # noqa: PLC0415 - likewise

        if self.settings.mode == "embedded":
            views = self.views if self._views_path.exists() else None
            return verify(self.log, views, PROJECTIONS, progress=progress)
        return verify(self.log, self.views, PROJECTIONS, _how_far_sent, progress)

    def worker(self) -> "Worker":
        """Return a worker.

        Raises:
            OtherLogError: the views were folded from another log.

        """
        from infra.kafka.topics import STEPS  # noqa: PLC0415 - likewise
        from projections.worker.partitions import Partitions  # noqa: PLC0415 - likewise
        from projections.worker.worker import Worker  # noqa: PLC0415 - likewise

        self.check_views()  # also those that workers only look into
        number = self.settings.kafka_partitions
        filled = self.metrics.holes_filled.inc if self.metrics else lambda _: None
        folder = Partitions(self.log, self.partitioned_engine, number, filled)

        def sent() -> dict[int, int]:
            with self.views.reading() as connection:
                return _how_far_sent(connection)

        return Worker(self.kafka, STEPS, number, folder, sent, datadir=self.settings.home / "worker")

    def change_partitions(self, number: int) -> bool:
        """Cut the events into another number of partitions; tell whether anything was to be done.

        Raises:
            as `services.partitions.change`.

        """
        from infra.kafka.topics import Shape  # noqa: PLC0415 - likewise
        from projections.catalogue import PROJECTIONS  # noqa: PLC0415 - likewise
        from projections.repartition import repartition  # noqa: PLC0415 - likewise
        from services.partitions import change  # noqa: PLC0415 - likewise
        from services.relay.lease import Lease  # noqa: PLC0415 - likewise

        return change(
            partial(Lease, self.postgres),
            partial(repartition, self.views, PROJECTIONS, number),
            self.settings.kafka,
            Shape.of(self.settings)._replace(partitions=number),
        )

    @cached_property
    def relay(self) -> "Relay":
        """What sends the log to Kafka."""
        from infra.kafka.transactions import transactional_producer  # noqa: PLC0415 - only a relay needs Kafka
        from services.relay.lease import Lease  # noqa: PLC0415 - likewise
        from services.relay.relay import TRANSACTIONAL_ID, Relay  # noqa: PLC0415 - likewise

        return Relay(
            self.log,
            partial(Lease, self.postgres),
            partial(transactional_producer, self.kafka, TRANSACTIONAL_ID),
            self.settings.kafka_partitions,
        )

    @cached_property
    def tokens(self) -> "Tokens":
        """By which whoever publishes from afar is known."""
        from infra.tokens import Tokens  # noqa: PLC0415 - not everywhere installed

        return Tokens(self.postgres)

    @cached_property
    def taken(self) -> "TakenOffsets":
        """Where the inbox puts down how far it is."""
        from infra.kafka.taken import TakenOffsets  # noqa: PLC0415 - likewise

        return TakenOffsets(self.postgres)

    def inbox(self) -> "Streaming":
        """Return what takes the messages of the inbox."""
        from infra.kafka.sending import Sender  # noqa: PLC0415 - likewise
        from infra.kafka.streaming import Streaming  # noqa: PLC0415 - likewise
        from infra.kafka.topics import INBOX, REJECTED  # noqa: PLC0415 - likewise
        from services.inbox.inbox import GROUP, Inbox, passes  # noqa: PLC0415 - likewise
        from services.inbox.message import received  # noqa: PLC0415 - likewise

        inbox = Inbox(self.publisher, self.tokens, Sender(self.kafka, REJECTED))

        def take(messages: Sequence[Any]) -> None:
            inbox.take([received(one) for one in messages])
            self.taken.save(messages)

        return Streaming(
            GROUP,
            self.kafka,
            INBOX,
            take,
            passes=passes,
            datadir=self.settings.home / "inbox",
        )

    def close(self) -> None:
        """Let go of what was opened."""
        parts = self.__dict__
        if "group" in parts:
            self.group.close()
        if "tokens" in parts:
            self.tokens.close()
        if "taken" in parts:
            self.taken.close()
        if "views" in parts:
            self.views.close()
        if "application" in parts:
            self.log.close()  # waits for a commit at work; the library's own close would not
            self.application.close()


def _how_far_sent(connection: "Connection") -> dict[int, int]:
    """Return the last position that the relay sent on each partition."""
    from infra.kafka.sent import READ  # noqa: PLC0415 - the embedded mode has no relay

    return dict(connection.exec_driver_sql(READ).all())
