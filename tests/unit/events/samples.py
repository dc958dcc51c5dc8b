"""One valid event of every type, with every field filled in."""

import json
from typing import Any, Final

SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PSEUDONYM: Final = "p1.key-1.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHER_PSEUDONYM: Final = "p1.key_2.ABCDEFGHIJKLMNOPQRSTUV2345"
ORIGINS: Final = [{"region": "18.09.01.2007", "headcount": 30}, {"region": "18.09", "headcount": 2}]

DATA: Final[dict[str, dict[str, Any]]] = {
    "id.jejak.organisation.registered.v1": {
        "name": "KIM Desa Bagelen",
        "level": "kim",
        "region": "18.09.01.2007",
        "parent": "diskominfo-pesawaran",
    },
    "id.jejak.organisation.changed.v1": {
        "name": "Komunitas Informasi Masyarakat Bagelen",
        "region": "18.09.01.2007",
        "parent": "diskominfo-pesawaran",
    },
    "id.jejak.organisation.closed.v1": {"reason": "bergabung dengan KIM lain"},
    "id.jejak.organisation.decree_granted.v1": {
        "number": "480/12/2021",
        "issuer": "Kepala Desa Bagelen",
        "valid_from": "2021-01-01",
        "valid_to": "2021-12-31T23:59:59+07:00",
    },
    "id.jejak.organisation.decree_revoked.v1": {"number": "480/12/2021", "reason": "kepengurusan baru"},
    "id.jejak.organisation.key_registered.v1": {"key_id": "key-1", "public_key": "MCowBQYDK2VwAyEA"},
    "id.jejak.item.published.v1": {
        "title": "Vaksinasi di balai desa",
        "text": "Sabtu pukul 08.00 — bawa KTP",
        "link": "https://example.org/vaksinasi",
        "sha256": SHA256,
        "topic": "health",
        "need_horizon": "short_term",
        "kip_class": "serta_merta",
        "valid_from": "2021-11-23",
        "valid_to": "2021-11-30",
        "intended": ["18.09", "kim-bagelen"],
    },
    "id.jejak.item.revised.v1": {
        "reason": "jadwal berubah",
        "title": "Vaksinasi di balai desa",
        "text": "Minggu pukul 08.00",
        "link": "https://example.org/vaksinasi",
        "sha256": SHA256.upper(),
        "topic": "disaster",
        "valid_from": "2021-11-23",
        "valid_to": "2021-11-30",
        "intended": ["18.09"],
    },
    "id.jejak.item.corrected.v1": {"reason": "tanggal keliru", "replacement": "info-2021-0118"},
    "id.jejak.item.retracted.v1": {"reason": "acara batal"},
    "id.jejak.item.forwarded.v1": {"to": ["kim-bagelen", "kim-sukaraja"], "channel": "website"},
    "id.jejak.item.received.v1": {"from": "diskominfo-pesawaran", "channel": "whatsapp_group"},
    "id.jejak.item.screened.v1": {"verdict": "verified", "basis": "surat edaran bupati"},
    "id.jejak.item.discussed.v1": {
        "headcount": 42,
        "venue_region": "18.09.01.2007",
        "origins": ORIGINS,
        "participants": [PSEUDONYM, OTHER_PSEUDONYM],
        "outcome": "akan diumumkan di masjid",
    },
    "id.jejak.item.shared.v1": {
        "channel": "loudspeaker",
        "headcount": 42,
        "exposures": 300,
        "region": "18.09.01",
        "to": ["masyarakat-bagelen"],
        "participants": [PSEUDONYM],
    },
    "id.jejak.item.acted_on.v1": {
        "action": "30 warga divaksin",
        "headcount": 30,
        "participants": [PSEUDONYM],
        "region": "18.09.01.2007",
        "evidence": [{"sha256": SHA256, "media_type": "image/jpeg", "link": "https://example.org/foto.jpg"}],
    },
    "id.jejak.step.voided.v1": {
        "source": "urn:jejak:org:kim-bagelen",
        "id": "42",
        "reason": "salah hitung",
        "replacement": {"source": "urn:jejak:org:kim-bagelen", "id": "43"},
    },
    "id.jejak.aspiration.raised.v1": {
        "kind": "request",
        "summary": "mohon sinyal di dusun",
        "item": "info-2021-0117",
        "due": "2021-12-07",
        "person": {"name": "nama", "contact": "nomor"},
    },
    "id.jejak.aspiration.forwarded.v1": {"to": ["diskominfo-pesawaran"]},
    "id.jejak.aspiration.answered.v1": {"reply": "menara dibangun tahun depan"},
    "id.jejak.aspiration.closed.v1": {"resolution": "menara berdiri"},
    "id.jejak.coaching.held.v1": {
        "offices": ["diskominfo-pesawaran"],
        "kim": ["kim-bagelen"],
        "venue_region": "18.09.01.2007",
        "headcount": 32,
        "origins": ORIGINS,
        "materials": ["cara menyaring hoaks"],
    },
    "id.jejak.configuration.set.v1": {"value": 5, "reason": "Peraturan Gubernur"},
    "id.jejak.population.recorded.v1": {
        "region": "18.09.01.2007",
        "people": 3_012,
        "source": "BPS",
        "date": "2020-12-31",
    },
    "id.jejak.person.erased.v1": {"person": PSEUDONYM, "reason": "permintaan sendiri"},
}

DISCUSSED: Final = "id.jejak.item.discussed.v1"
SHARED: Final = "id.jejak.item.shared.v1"


def event(topic: str = SHARED, /, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the valid event of a type as plain JSON, with some attributes changed."""
    return {
        "specversion": "1.0",
        "id": "0193-7",
        "source": "urn:jejak:org:kim-bagelen",
        "type": topic,
        "subject": "info-2021-0117",
        "time": "2021-11-23T14:05:00+07:00",
        "holder": "kim-bagelen",
        "causationid": "0192-1",
        "causationsource": "urn:jejak:org:diskominfo-pesawaran",
        "datacontenttype": "application/json",
        "data": DATA.get(topic),
        **changes,
    }


def with_data(topic: str = SHARED, /, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the valid event of a type as plain JSON, with some fields of its data changed."""
    return event(topic, data={**DATA[topic], **changes})


def without(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return `value` with one name less."""
    return {each: content for each, content in value.items() if each != name}


def line(value: object) -> bytes:
    """Return plain JSON as a line of a file."""
    return json.dumps(value).encode()
