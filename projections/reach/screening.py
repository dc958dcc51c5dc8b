"""Screening: how receivers judged what they received, and what they shared before and after they knew better."""

from collections import Counter
from collections.abc import Iterator

from infra.views import among
from projections.reach.facts import Facts, first, last, pair_of, verdicts
from projections.reach.figure import Evidence
from projections.reach.found import Found, count, ratio
from projections.reach.reading import Reading, Rows
from projections.reach.tables import STEP


def shares_of_hoaxes(reading: Reading) -> Rows:
    """Read item, holder, time and position of the shares of items that somebody found to be a hoax."""
    hoaxes = {row[0] for rows in reading.of(verdicts).values() for row in rows if row[4] == "hoax"}
    if not hoaxes:
        return {}
    shares = ([among(STEP.c.subject, hoaxes), *conditions] for conditions in reading.of_holders("item.shared"))
    return reading.rows((STEP.c.subject, STEP.c.holder, STEP.c.at, STEP.c.position), *shares)


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of screening, of pairs with a receipt, the issuer left out."""
    note = facts.left_out("item.screened")
    screened = [row for row in facts.rows(verdicts) if pair_of(row) in facts.received]
    judged = {pair_of(row) for row in screened if row[4] != "unchecked"}

    def judging() -> Iterator[Evidence]:
        return (Evidence(row[3]) for row in screened if row[4] != "unchecked")

    yield ratio("screening.share", len(judged), len(facts.received), judging, note)
    latest = last(screened)
    number = Counter(row[4] for row in latest.values())
    for verdict in ("verified", "unproven", "hoax"):

        def such(verdict: str = verdict) -> Iterator[Evidence]:
            return (Evidence(row[3]) for row in latest.values() if row[4] == verdict)

        yield count(f"screening.{verdict}", number[verdict], such, note)
    hoaxes = first(row for row in screened if row[4] == "hoax")
    before: list[int] = []
    after: list[int] = []
    for share in facts.rows(shares_of_hoaxes):
        hoax = hoaxes.get(pair_of(share))
        if hoax is not None:
            (before if share[2:4] < hoax[2:4] else after).append(share[3])
    yield count("screening.shared_before_hoax", len(before), lambda: map(Evidence, before), note)
    yield count("screening.shared_after_hoax", len(after), lambda: map(Evidence, after), note)
