"""What a person calls the fields of an event, and an example of each: for the questions of `jejak record`."""

from typing import Final

from events.refusal import Message
from infra.language import translate

_LABELS: Final = {
    "kind": Message("What happened"),
    "subject": Message("Id of what it happened to"),
    "holder": Message("Holder (whose step it is)"),
    "time": Message("When it happened"),
    "causationid": Message("Id of the event that caused it"),
    "causationsource": Message("Source of that event"),
    "data.action": Message("What people did"),
    "data.basis": Message("Basis of the verdict"),
    "data.channel": Message("Channel"),
    "data.date": Message("Day of the count"),
    "data.due": Message("To be answered by"),
    "data.evidence": Message("Evidence"),
    "data.exposures": Message("How many times it was seen"),
    "data.from": Message("From whom"),
    "data.headcount": Message("Number of people"),
    "data.id": Message("Id of the wrong step"),
    "data.intended": Message("Whom it is meant for"),
    "data.issuer": Message("Who issued the decree"),
    "data.item": Message("Id of the item that it is about"),
    "data.kim": Message("KIM that were coached"),
    "data.kind": Message("What kind it is"),
    "data.kip_class": Message("KIP class"),
    "data.level": Message("Level"),
    "data.link": Message("Link"),
    "data.materials": Message("What was taught"),
    "data.name": Message("Name"),
    "data.need_horizon": Message("Which need it serves"),
    "data.number": Message("Number of the decree"),
    "data.offices": Message("Offices that held it"),
    "data.origins": Message("Where the people came from"),
    "data.outcome": Message("Outcome"),
    "data.parent": Message("Parent organisation"),
    "data.participants": Message("Participants (pseudonyms)"),
    "data.people": Message("How many people live there"),
    "data.person": Message("Person"),
    "data.reason": Message("Reason"),
    "data.region": Message("Region"),
    "data.replacement": Message("Id of the item that holds instead"),
    "data.reply": Message("Reply"),
    "data.resolution": Message("Resolution"),
    "data.sha256": Message("SHA-256 of what the link leads to"),
    "data.source": Message("Source of the wrong step"),
    "data.summary": Message("Summary"),
    "data.text": Message("Text"),
    "data.title": Message("Title"),
    "data.to": Message("To whom"),
    "data.topic": Message("Topic"),
    "data.valid_from": Message("Valid from"),
    "data.valid_to": Message("Valid to"),
    "data.venue_region": Message("Region of the venue"),
    "data.verdict": Message("Verdict"),
}
_LABELS_IN: Final = {
    ("organisation", "subject"): Message("Id of the organisation"),
    ("item", "subject"): Message("Id of the item"),
    ("aspiration", "subject"): Message("Id of the aspiration"),
    ("coaching", "subject"): Message("Id of the coaching session"),
    ("population", "subject"): Message("Code of the region"),
    ("population", "data.source"): Message("Who counted"),
}
"""By family: what the same name means elsewhere."""
_EXAMPLES: Final = {
    "holder": "kim-bagelen",
    "time": "2021-11-23 14:05",
    "causationsource": "urn:jejak:org:diskominfo-pesawaran",
    "data.date": "2020-12-31",
    "data.due": "2021-12-07",
    "data.from": "diskominfo-pesawaran",
    "data.intended": "kim-bagelen, 18.09.01",
    "data.item": "info-2021-0117",
    "data.kim": "kim-bagelen, kim-sukaraja",
    "data.offices": "diskominfo-pesawaran",
    "data.origins": "18.09.01.2007=8, 18.09.01.2008=4",
    "data.parent": "diskominfo-pesawaran",
    "data.region": "18.09.01.2007",
    "data.source": "urn:jejak:org:kim-bagelen",
    "data.to": "kim-bagelen, kim-kebagusan",
    "data.valid_from": "2021-11-23",
    "data.valid_to": "2021-11-24",
    "data.venue_region": "18.09.01.2007",
}
_EXAMPLES_IN: Final = {
    ("organisation", "subject"): "kim-bagelen",
    ("item", "subject"): "info-2021-0117",
    ("aspiration", "subject"): "aspirasi-2021-0042",
    ("coaching", "subject"): "pembinaan-2021-11-23",
    ("population", "subject"): "18.09.01.2007",
    ("population", "data.source"): "BPS",
}


def label_of(name: str, kind: str | None) -> str:
    """Return what a person calls an attribute, or the field `data.…`, of an event of this kind."""
    return translate(_LABELS_IN.get((_family(kind), name)) or _LABELS[name])


def example_of(name: str, kind: str | None) -> str | None:
    """Return how an answer may look, where that is not plain."""
    return _EXAMPLES_IN.get((_family(kind), name)) or _EXAMPLES.get(name)


def _family(kind: str | None) -> str:
    return (kind or "").partition(".")[0]
