"""The codes of the contract, each with its Indonesian and English label.

A code is what events carry and what never changes; a label is what a person reads.
"""

from enum import StrEnum
from typing import Literal, Self, cast

Language = Literal["id", "en"]


class Code(StrEnum):
    """A code of the contract with a label in each language."""

    indonesian: str
    english: str

    def __new__(cls, code: str, indonesian: str, english: str) -> Self:
        """Make a member whose value is `code`."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.indonesian = indonesian
        member.english = english
        return member

    @classmethod
    def of(cls, code: str) -> Self:
        """Return the member whose code this is.

        Raises:
            KeyError: there is none.

        """
        return cast("Self", cls._value2member_map_[code])

    # Enum's own hash is written in Python, and these codes are looked up for every event.
    __hash__ = str.__hash__

    def label(self, language: Language) -> str:
        """Return what a reader of `language` calls it."""
        return self.indonesian if language == "id" else self.english


class Level(Code):
    """What kind of organisation a holder is."""

    PROVINCIAL_OFFICE = "provincial_office", "Diskominfo provinsi", "provincial office"
    REGENCY_OFFICE = "regency_office", "Diskominfo kabupaten/kota", "regency office"
    DISTRICT_OFFICE = "district_office", "kantor kecamatan", "district office"
    KIM = "kim", "KIM", "KIM (village information group)"
    COMMUNITY = "community", "masyarakat", "community"


OFFICES = frozenset({Level.PROVINCIAL_OFFICE, Level.REGENCY_OFFICE, Level.DISTRICT_OFFICE})


class Channel(Code):
    """How a piece of information was passed on or received."""

    FACE_TO_FACE = "face_to_face", "tatap muka", "face to face"
    WHATSAPP_GROUP = "whatsapp_group", "grup WhatsApp", "WhatsApp group"
    SOCIAL_MEDIA = "social_media", "media sosial", "social media"
    WEBSITE = "website", "situs web", "website"
    COMMUNITY_RADIO = "community_radio", "radio komunitas", "community radio"
    PRINT = "print", "media cetak", "print"
    OUTDOOR_MEDIA = "outdoor_media", "media luar ruang", "outdoor media"
    NOTICE_BOARD = "notice_board", "papan pengumuman", "notice board"
    FOLK_PERFORMANCE = "folk_performance", "pertunjukan rakyat", "folk performance"
    LOUDSPEAKER = "loudspeaker", "pengeras suara", "loudspeaker"


class Topic(Code):
    """What an item of information is about."""

    HEALTH = "health", "kesehatan", "health"
    FARMING = "farming", "pertanian", "farming"
    DISASTER = "disaster", "kebencanaan", "disaster"
    SOCIAL_AID = "social_aid", "bantuan sosial", "social aid"
    EDUCATION = "education", "pendidikan", "education"
    SMALL_BUSINESS = "small_business", "usaha kecil", "small business"
    TOURISM = "tourism", "pariwisata", "tourism"
    CIVIL_REGISTRATION = "civil_registration", "administrasi kependudukan", "civil registration"
    HOAX_CLARIFICATION = "hoax_clarification", "klarifikasi hoaks", "hoax clarification"
    OTHER = "other", "lainnya", "other"


class NeedHorizon(Code):
    """Which need an item serves: a real one now, or the group's development."""

    SHORT_TERM = "short_term", "jangka pendek", "short-term"
    LONG_TERM = "long_term", "jangka panjang", "long-term"


class KipClass(Code):
    """The class of information under Law 14/2008 on public information (KIP)."""

    BERKALA = "berkala", "berkala", "periodic"
    SERTA_MERTA = "serta_merta", "serta merta", "immediate"
    SETIAP_SAAT = "setiap_saat", "setiap saat", "at any time"
    DIKECUALIKAN = "dikecualikan", "dikecualikan", "exempt"


class Verdict(Code):
    """What a holder found when it screened an item."""

    UNCHECKED = "unchecked", "belum diperiksa", "unchecked"
    VERIFIED = "verified", "benar", "verified"
    UNPROVEN = "unproven", "belum terbukti", "unproven"
    HOAX = "hoax", "hoaks", "hoax"


class AspirationKind(Code):
    """What the community sends back up."""

    ASPIRATION = "aspiration", "aspirasi", "aspiration"
    COMPLAINT = "complaint", "keluhan", "complaint"
    REQUEST = "request", "permintaan", "request"
    QUESTION = "question", "pertanyaan", "question"
    SUGGESTION = "suggestion", "saran", "suggestion"
    RUMOUR = "rumour", "kabar burung", "rumour"


class FindingCode(Code):
    """What is true but against the rules, or odd; `docs/findings.md` explains each."""

    NO_RECEIPT = "no_receipt", "tanpa catatan terima", "no receipt of its own"
    UNKNOWN_SOURCE = "unknown_source", "sumber tidak diketahui", "unknown source"
    MISSING_CAUSE = "missing_cause", "sebab tidak tercatat", "cause not in the log"
    CAUSE_LATER = "cause_later", "sebab lebih baru dari akibat", "cause later than effect"
    SHARED_AFTER_HOAX = "shared_after_hoax", "disebarluaskan setelah dinilai hoaks", "shared after hoax verdict"
    AFTER_RETRACTION = "after_retraction", "setelah penarikan", "after the retraction"
    UNSCREENED = "unscreened", "belum disaring", "not screened"
    RECORDED_LATE = "recorded_late", "terlambat dicatat", "recorded late"
    DECREE_EXPIRED = "decree_expired", "SK tidak berlaku", "no valid decree"
    SERTA_MERTA_OVERDUE = "serta_merta_overdue", "serta merta terlambat diteruskan", "immediate item not passed on"
    CORRECTION_OVERDUE = "correction_overdue", "koreksi terlambat diterima", "correction not received in time"
    ASPIRATION_OVERDUE = "aspiration_overdue", "aspirasi terlambat dijawab", "aspiration not answered in time"
    POSSIBLE_DUPLICATE = "possible_duplicate", "mungkin tercatat ganda", "possible duplicate"


class Severity(Code):
    """How much a finding matters to whoever reads it."""

    NOTE = "note", "catatan", "note"
    WARNING = "warning", "peringatan", "warning"
    SERIOUS = "serious", "serius", "serious"


class Kind(Code):
    """What an event says happened; `docs/events.md` explains each."""

    ORGANISATION_REGISTERED = "organisation.registered", "didaftarkan", "registered"
    ORGANISATION_CHANGED = "organisation.changed", "diubah", "changed"
    ORGANISATION_CLOSED = "organisation.closed", "ditutup", "closed"
    DECREE_GRANTED = "organisation.decree_granted", "SK diterbitkan", "decree granted"
    DECREE_REVOKED = "organisation.decree_revoked", "SK dicabut", "decree revoked"
    KEY_REGISTERED = "organisation.key_registered", "kunci didaftarkan", "key registered"
    PUBLISHED = "item.published", "diterbitkan", "published"
    REVISED = "item.revised", "direvisi", "revised"
    CORRECTED = "item.corrected", "dikoreksi", "corrected"
    RETRACTED = "item.retracted", "ditarik", "retracted"
    FORWARDED = "item.forwarded", "diteruskan", "forwarded"
    RECEIVED = "item.received", "diterima", "received"
    SCREENED = "item.screened", "disaring", "screened"
    DISCUSSED = "item.discussed", "didiskusikan", "discussed"
    SHARED = "item.shared", "disebarluaskan", "shared"
    ACTED_ON = "item.acted_on", "ditindaklanjuti", "acted on"
    VOIDED = "step.voided", "dibatalkan", "voided"
    ASPIRATION_RAISED = "aspiration.raised", "disampaikan", "raised"
    ASPIRATION_FORWARDED = "aspiration.forwarded", "diteruskan", "forwarded"
    ASPIRATION_ANSWERED = "aspiration.answered", "dijawab", "answered"
    ASPIRATION_CLOSED = "aspiration.closed", "diselesaikan", "closed"
    COACHING_HELD = "coaching.held", "pembinaan dilaksanakan", "coaching held"
    CONFIGURATION_SET = "configuration.set", "pengaturan ditetapkan", "configuration set"
    POPULATION_RECORDED = "population.recorded", "jumlah penduduk dicatat", "population recorded"
    PERSON_ERASED = "person.erased", "data pribadi dihapus", "person erased"
