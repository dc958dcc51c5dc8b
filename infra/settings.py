"""Every setting, in one typed place: from flags, then JEJAK_* in the environment, then `jejak.toml`, then here.

`jejak.toml` lies in the home folder, which therefore only a flag or JEJAK_HOME can name.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from infra.language import translate as _


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
        " `distributed`, on PostgreSQL with Kafka.",
    )
    postgres: SecretStr | None = Field(
        default=None,
        description="The database of the distributed mode, as a libpq URL (`postgresql://user@host/name`).",
    )
    kafka: str = Field(
        default="localhost:9092",
        description="The brokers of the distributed mode that are asked first: `host:port`, separated by commas.",
    )
    kafka_partitions: int = Field(
        default=4, ge=1, le=10_000, description="Into how many partitions each topic is cut by `jejak migrate`."
    )
    kafka_replicas: int = Field(
        default=1, ge=1, le=32_767, description="How many brokers hold a copy of each partition."
    )
    kafka_retention: timedelta = Field(
        default=timedelta(days=7), gt=timedelta(0), description="How long Kafka keeps a message."
    )
    lang: Literal["id", "en"] | None = Field(
        default=None, description="The language of what a person reads: `id` or `en` (default: the locale's)."
    )
    clock_skew: timedelta = Field(
        default=timedelta(minutes=5),
        description="How far in the future a step may lie (ISO 8601, such as `PT5M`).",
    )
    clock_behind: timedelta = Field(
        default=timedelta(minutes=10),
        description="How far this machine's clock may lie behind the log before publishing is refused.",
    )
    recorded_late: timedelta = Field(
        default=timedelta(days=7), description="From which delay on a step has the finding `recorded_late`."
    )
    batch: int = Field(
        default=5_000, ge=1, le=50_000, description="How many lines `publish` records in one transaction."
    )

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
        home = init_settings().get("home") or os.environ.get("JEJAK_HOME") or user_data_path("jejak")
        file = TomlConfigSettingsSource(settings_cls, Path(home) / "jejak.toml")
        return init_settings, env_settings, file


def load_settings(**flags: Any) -> Settings:  # noqa: ANN401 - a flag is of its setting's type
    """Return the settings in force; a flag that is None is not given.

    Raises:
        SettingsError: a value is not one that its setting can have.

    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        reasons = [
            _("{setting}: {detail} (given: {value})").format(
                setting=".".join(map(str, each["loc"])), detail=each["msg"], value=repr(each["input"])
            )
            for each in error.errors()
        ]
        raise SettingsError(
            _("a setting (flag, JEJAK_* variable or line of jejak.toml) is wrong: {reasons}").format(
                reasons="; ".join(reasons)
            )
        ) from error
    except ValueError as error:  # a jejak.toml that is not TOML
        raise SettingsError(_("jejak.toml cannot be read: {error}").format(error=error)) from error
