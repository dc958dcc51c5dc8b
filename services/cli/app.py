"""The commands of `jejak`, and how their failures become exit statuses."""

import os
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import Final, get_args

from cyclopts import App, CycloptsError, Group

from events.vocabulary import Language
from infra.language import translate as _
from infra.language import use_language
from infra.readable import one_line
from services.cli import exits

COMMANDS: Final = (
    *("demo", "record", "publish", "population", "simulate", "trail", "figures", "status", "verify", "config"),
    *("follow", "relay", "worker", "inbox", "token", "migrate", "partitions", "up", "down"),
)
GROUPS: Final = {"population": ("import",), "token": ("add", "list", "revoke")}
"""The commands of a command that does nothing by itself."""
_COMMON_FLAGS: Final = ("--home", "--lang")


def build() -> App:
    """Return the application, in the language in use; no command's module is loaded yet."""
    app = App(
        name="jejak",
        help=_("Follows public information from a government office to the people who use it, and proves it."),
        version=_version,
        help_format="plaintext",
        group_commands=Group(_("Commands")),
        group_parameters=Group(_("Options")),
        group_arguments=Group(_("Arguments")),
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    app["--help"].help = _("Shows this and ends.")
    app["--version"].help = _("Shows the version and ends.")
    app.command(App(name="population", help=_("How many people live where, for shares of them.")))
    app.command(App(name="token", help=_("Who may publish from afar.")))
    for name, about in _abouts().items():
        group, _space, leaf = name.rpartition(" ")
        # Below the options: in the help itself the library takes "Examples:" for a section, and drops it.
        examples = "".join(f"  jejak {name} {example}".rstrip() + "\n" for example in _EXAMPLES[name])
        (app[group] if group else app).command(
            f"services.cli.{group}:{leaf}_" if group else f"services.cli.{name}:{name}",
            name=leaf,
            help=about,
            help_epilogue=_("Examples:") + "\n" + examples,
        )
    app.register_install_completion_command(
        help=_("Installs the completion of commands and flags for your shell.")
    )
    return app


_EXAMPLES: Final = {
    "demo": ("",),
    "record": (
        "",
        "item.received info-1 --holder kim-bagelen --channel whatsapp_group --from diskominfo-lampung",
        "item.discussed info-1 --holder kim-bagelen --headcount 12 --origins 18.09.01.2007=8",
    ),
    "publish": ("events.jsonl", "- < events.jsonl", "jejak.rejected.jsonl"),
    "population import": (
        "penduduk.csv --holder diskominfo-lampung",
        "penduduk.csv --holder diskominfo-lampung --date 2020-12-31 --source BPS",
        "- --holder diskominfo-lampung --format json < penduduk.csv",
    ),
    "simulate": (
        "| jejak publish --home trial -",
        "--region 18.09.01 --villages 10 --days 7 --seed 2 > flow.jsonl",
    ),
    "figures": (
        "--item info-2021-0117",
        "--region 18.09 --from 2021-12-01 --to 2022-01-01 --by region",
        "--item info-2021-0117 --events coverage --format jsonl",
    ),
    "trail": (
        "info-2021-0117",
        "kim-bagelen --layout list",
        "info-2021-0117 --as-of-position 20 --format jsonl",
    ),
    "status": ("", "--format json"),
    "verify": ("", "--read-only --home evidence --format json"),
    "config": ("", "--format json"),
    "follow": ("", "--once"),
    "relay": ("",),
    "worker": ("",),
    "migrate": ("",),
    "partitions": ("8",),
    "up": ("", "--foreground", "--servers"),
    "down": ("",),
    "inbox": ("",),
    "token add": ("kim-bagelen", ""),
    "token list": ("", "--format json"),
    "token revoke": ("3f9a1c05d2e7",),
}


def _abouts() -> dict[str, str]:
    """Return what every command does; the first line stands in the list of commands."""
    return {
        "demo": _("Record the day in Desa Bagelen in a folder of its own and show its trail."),
        "record": _("Record one step, by flags or by answering questions.")
        + "\n\n"
        + _("On a terminal, what is missing is asked for. Every field of the event is a flag."),
        "publish": _("Record events from files of JSON Lines.")
        + "\n\n"
        + _(
            "Each event is answered by itself: accepted, repeated (recorded before, nothing changes)"
            " or refused. The good lines are recorded, the refused ones are named and kept."
        ),
        "population import": _("Record how many people live in each region of a CSV.")
        + "\n\n"
        + _(
            "Its first line names the columns region, people, date and source. Each row is answered by itself; the"
            " same rows again are repeated, so a file can be imported again once it is mended."
        ),
        "simulate": _("Print a made-up flow over real regions, ready for jejak publish.")
        + "\n\n"
        + _(
            "The same flags give the same bytes. A log with real events takes a simulated one only with"
            " publish --allow-simulated."
        ),
        "figures": _("Show how far information got: reach, funnel, times, cascade, correction."),
        "trail": _("Show every step of an item, organisation, aspiration or coaching session."),
        "status": _("Show the log's head, how far each view is, and what needs a person.")
        + "\n\n"
        + _("Exit status 1 when something needs a person."),
        "verify": _("Look whether the log and its views keep what they promise.")
        + "\n\n"
        + _(
            "Names the first position where a promise is broken, with exit status 1. Views are compared with what"
            " the log gives when it is folded anew."
        ),
        "config": _("Show every setting in force, its value, and where it comes from."),
        "follow": _("Keep the views up to date until it is stopped.")
        + "\n\n"
        + _("Several may run at once, and any may be killed: view and checkpoint change together."),
        "worker": _("Fold the partitions of the log that Kafka deals out, until it is stopped.")
        + "\n\n"
        + _("Any number may run at once, and any may be killed: view and checkpoint change together."),
        "migrate": _("Bring the schema of the database up to date.")
        + "\n\n"
        + _("Run once before the first start, and after an upgrade. Nothing else ever changes the schema."),
        "partitions": _("Cut the events into another number of partitions, for more workers or fewer.")
        + "\n\n"
        + _("Stop every relay and worker before. Nothing is folded anew, and twice is harmless."),
        "up": _("Start the distributed stack on this machine: PostgreSQL, Kafka and the long-running parts.")
        + "\n\n"
        + _(
            "Servers that the settings name are used, the others are started here, for this machine alone. What"
            " ends is started again. Twice is harmless."
        ),
        "down": _("End what jejak up started."),
        "inbox": _("Record the events that come over Kafka, until it is stopped.")
        + "\n\n"
        + _("Any number may run at once, and any may be killed: an event that comes twice is recorded once."),
        "token add": _("Make a token and print it: it is shown this once only."),
        "token list": _("Show every token, without itself."),
        "token revoke": _("Let a token be known no more, from now on."),
        "relay": _("Send the log to Kafka as it grows, until it is stopped.")
        + "\n\n"
        + _("One is at work at a time; others stand by, and take over within five seconds."),
    }


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    arguments = _command_first(arguments)
    use_language(_language_asked_for(arguments))
    try:
        _check_encoding(arguments)
        _check_home(arguments)
        app = build()
        if not {"--help", "-h"}.isdisjoint(arguments):
            from services.cli.help import HelpFormatter  # noqa: PLC0415 - loads slowly, and nothing else needs it

            app.help_formatter = HelpFormatter()
        result = app(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        from services.cli.usage import sentence_of  # noqa: PLC0415 - only a mistake needs it

        return _say(exits.USAGE, f"jejak: {sentence_of(error, _commands_at(error))}", error)
    except KeyboardInterrupt as interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is stopped already
        sys.stderr.write("\n")
        return _say(exits.INTERRUPTED, _("stopped"), interrupt)
    except Exception as error:
        known = exits.explain(error)
        if known is None:
            raise
        status, sentence = known
        return _say(status, f"jejak: {sentence}", error)
    return result if isinstance(result, int) else exits.DONE


def _say(status: int, sentence: str, error: BaseException) -> int:
    """Say what ended the command, and what it noted of itself; return the exit status."""
    sys.stderr.writelines(f"{one_line(each)}\n" for each in (sentence, *getattr(error, "__notes__", ())))
    return status


def _command_first(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the flags of every command behind the command, where they are looked for."""
    rest, leading, words = list(arguments), list[str](), list[str]()
    while rest:
        if rest[0].partition("=")[0] in _COMMON_FLAGS:
            count = 1 if "=" in rest[0] else 2
            leading += rest[:count]
            del rest[:count]
        elif not words or (len(words) == 1 and rest[0] in GROUPS.get(words[0], ())):
            words.append(rest.pop(0))
        else:
            break
    if not words or (not rest and words[0] in GROUPS and len(words) == 1):
        words.append("--help")
    return [*words, *leading, *rest]


def _check_home(arguments: Sequence[str]) -> None:
    """Refuse a home that is no text: its path would be the current folder.

    Raises:
        UsageError: `--home` has nothing behind it.

    """
    if "--home=" in arguments or ("--home", "") in pairwise(arguments):
        raise exits.UsageError(_("{flag} is given without a value").format(flag="--home"))


def _check_encoding(arguments: Sequence[str]) -> None:
    """Refuse bytes that are no text: nothing could be looked up, kept or printed by them.

    Raises:
        UsageError: an argument is not in the encoding of the locale.

    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise exits.UsageError(
                _("{argument} is not written in {encoding}: give it in that, or rename the file").format(
                    argument=argument, encoding=sys.getfilesystemencoding().upper()
                )
            ) from error


def _commands_at(error: CycloptsError) -> Sequence[str]:
    """Return the commands that could stand where an unknown one does."""
    return GROUPS.get(error.command_chain[0], ()) if error.command_chain else COMMANDS


def _language_asked_for(arguments: Sequence[str]) -> Language | None:
    """Return the language of --lang or JEJAK_LANG, before any command is looked at: help has one too."""
    asked = [os.environ.get("JEJAK_LANG", "")]
    for flag, value in zip_longest(arguments, arguments[1:], fillvalue=""):
        if flag == "--lang":
            asked.append(value)
        elif flag.startswith("--lang="):
            asked.append(flag.removeprefix("--lang="))
    # What is no language is refused, in the one that was asked for before it.
    return next(
        (language for each in reversed(asked) for language in get_args(Language) if each == language), None
    )


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - only --version needs it

    return version("jejak")
