"""The channels: how fast each is, how often it is used, and how many people it reaches."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from events.vocabulary import Channel
from services.simulation.agenda import HOUR, MINUTE

Range = tuple[int, int]


class Way(NamedTuple):
    """A channel, the time that it takes, and how many views or people are counted, where anybody counts."""

    channel: Channel
    seconds: int
    exposures: Range | None = None
    headcount: Range | None = None


WHATSAPP: Final = Way(Channel.WHATSAPP_GROUP, 20 * MINUTE, (60, 250), (5, 60))
FACE_TO_FACE: Final = Way(Channel.FACE_TO_FACE, 4 * HOUR, None, (8, 60))
PRINT: Final = Way(Channel.PRINT, 30 * HOUR, (30, 400))
WEBSITE: Final = Way(Channel.WEBSITE, 10 * HOUR, (10, 800))
NOTICE_BOARD: Final = Way(Channel.NOTICE_BOARD, 48 * HOUR)
SOCIAL_MEDIA: Final = Way(Channel.SOCIAL_MEDIA, 1 * HOUR, (40, 2500))
RADIO: Final = Way(Channel.COMMUNITY_RADIO, 2 * HOUR, (100, 2000))
OUTDOOR: Final = Way(Channel.OUTDOOR_MEDIA, 60 * HOUR, (100, 1500))
PERFORMANCE: Final = Way(Channel.FOLK_PERFORMANCE, 24 * HOUR, None, (40, 300))
LOUDSPEAKER: Final = Way(Channel.LOUDSPEAKER, 1 * HOUR, (50, 400))

FORWARDING: Final[Sequence[Way]] = (WHATSAPP,) * 8 + (FACE_TO_FACE,) * 3 + (WEBSITE, PRINT, PRINT, NOTICE_BOARD)
SHARING: Final[Sequence[Way]] = (
    (WHATSAPP,) * 9
    + (FACE_TO_FACE,) * 5
    + (SOCIAL_MEDIA,) * 4
    + (LOUDSPEAKER,) * 3
    + (NOTICE_BOARD,) * 3
    + (PRINT, WEBSITE, RADIO, OUTDOOR, PERFORMANCE)
)
