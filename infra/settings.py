"""Every setting, in one typed place: from flags, else JEJAK_*, else `jejak.toml`, else the local stack, else here.

`jejak.toml` lies in the home folder, which therefore only a flag or JEJAK_HOME can name.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from infra.language import translate as _
from infra.secret_url import without_secrets
from infra.settings_faults import must_be_brokers, must_be_host, must_be_text, reasons
from infra.settings_files import SettingsFileError, StackFile, TomlFile

SourceName = Literal["flag", "environment", "file", "stack", "default"]


class Origin(NamedTuple):
    """Where a value comes from: the kind of source, and the flag, variable or file; None for a default."""

    source: SourceName
    where: str | None


class _Source(NamedTuple):
    """One source of values, and how it names where the value of a setting stands."""

    name: SourceName
    where: Callable[[str], str]
    values: PydanticBaseSettingsSource


SERVERS: Final = Path("stack", "servers.json")
"""The file of the home in which the stack that `jejak up` keeps running names mode and servers, while it runs."""

_LONGEST: Final = timedelta(days=36_500)
"""The longest duration: with it no moment is computed that no calendar has."""


class SettingsError(Exception):
    """A setting has a value that it cannot have: the sentence says which, where and why."""


class Settings(BaseSettings):
    """The settings of one installation. A field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="JEJAK_", env_ignore_empty=True, extra="forbid", frozen=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("jejak"),
        description="The folder of the log, the views and jejak.toml (default: the user's data folder for jejak).",
    )
    mode: Literal["embedded", "distributed"] = Field(
        default="embedded",
        description="Where the log and the views are kept: `embedded`, in files of the home folder, or"
        " `distributed`, on PostgreSQL with Kafka (default: `distributed` while the stack of the home runs).",
    )
    postgres: SecretStr | None = Field(
        default=None,
        description="The database of the distributed mode, as a libpq URL (`postgresql://user@host/name`).",
    )
    postgres_admin: SecretStr | None = Field(
        default=None,
        description="The same database as a stronger user, whom `jejak migrate` acts as (default: `postgres`).",
    )
    kafka: str | None = Field(
        default=None,
        description="The brokers of the distributed mode that are asked first: `host:port`, separated by commas."
        " Without any, whoever reads folds what the views lack.",
    )
    kafka_partitions: int = Field(
        default=4, ge=1, le=10_000, description="Into how many partitions each topic is cut by `jejak migrate`."
    )
    kafka_replicas: int = Field(
        default=1, ge=1, le=32_767, description="How many brokers hold a copy of each partition."
    )
    kafka_retention: timedelta = Field(
        default=timedelta(days=7), gt=timedelta(0), le=_LONGEST, description="How long Kafka keeps a message."
    )
    lang: Literal["id", "en"] | None = Field(
        default=None, description="The language of what a person reads: `id` or `en` (default: the locale's)."
    )
    clock_skew: timedelta = Field(
        default=timedelta(minutes=5),
        ge=timedelta(0),
        le=_LONGEST,
        description="How far in the future a step may lie (ISO 8601, such as `PT5M`).",
    )
    clock_behind: timedelta = Field(
        default=timedelta(minutes=10),
        ge=timedelta(0),
        le=_LONGEST,
        description="How far this machine's clock may lie behind the log before publishing is refused.",
    )
    recorded_late: timedelta = Field(
        default=timedelta(days=7),
        ge=timedelta(0),
        le=_LONGEST,
        description="From which delay on a step has the finding `recorded_late`.",
    )
    batch: int = Field(
        default=5_000, ge=1, le=50_000, description="How many lines `publish` records in one transaction."
    )

    health_host: str = Field(
        default="127.0.0.1", description="The address at which a long-running part serves its health."
    )
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="The port at which a long-running part serves its health and metrics (default: not at all).",
    )
    log_level: Literal["info", "debug"] = Field(
        default="info",
        description="How much such a part logs: `info`, or `debug`: what it does with each traced event, too.",
    )

    _must_be_text = field_validator("*", mode="before")(must_be_text)
    _must_be_host = field_validator("health_host")(must_be_host)
    _must_be_brokers = field_validator("kafka")(must_be_brokers)

    @property
    def log_path(self) -> Path:
        """The file of the log."""
        return self.home / "log.sqlite"

    @property
    def views_path(self) -> Path:
        """The file of the views."""
        return self.home / "views.sqlite"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say where values come from, the strongest first."""
        return tuple(source.values for source in _sources(settings_cls, init_settings, env_settings))


def _sources(
    settings: type[BaseSettings], flags: PydanticBaseSettingsSource, environment: PydanticBaseSettingsSource
) -> list[_Source]:
    """Return where values come from, the strongest first."""
    home = flags().get("home") or os.environ.get("JEJAK_HOME") or user_data_path("jejak")
    file, stack = Path(home) / "jejak.toml", Path(home) / SERVERS
    return [
        _Source("flag", lambda name: f"--{name}", flags),
        _Source("environment", lambda name: f"JEJAK_{name.upper()}", environment),
        _Source("file", lambda _name: str(file), TomlFile(settings, file)),
        _Source("stack", lambda _name: str(stack), StackFile(settings, stack)),
    ]


def origins(**flags: object) -> dict[str, Origin]:
    """Return where the value of each setting comes from; a flag that is None is not given."""
    given = {name: value for name, value in flags.items() if value is not None}
    found = dict.fromkeys(Settings.model_fields, Origin("default", None))
    sources = _sources(Settings, InitSettingsSource(Settings, given), EnvSettingsSource(Settings))
    for source in reversed(sources):
        found |= {name: Origin(source.name, source.where(name)) for name in source.values()}
    return found


def shown(settings: Settings) -> dict[str, str | int | None]:
    """Return the settings as `jejak.toml` would have them, without what is secret."""
    secrets = {name: value for name, value in settings if isinstance(value, SecretStr)}
    hidden = {name: without_secrets(secret.get_secret_value()) for name, secret in secrets.items()}
    return settings.model_dump(mode="json") | hidden


def load_settings(**flags: Any) -> Settings:  # noqa: ANN401 - a flag is of its setting's type
    """Return the settings in force; a flag that is None is not given.

    Raises:
        SettingsError: a value is not one that its setting can have.

    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(
            _("a setting (flag, JEJAK_* variable or line of jejak.toml) is wrong: {reasons}").format(
                reasons=reasons(error.errors(), Settings.model_fields)
            )
        ) from error
    except SettingsFileError as error:
        raise SettingsError(str(error)) from error
