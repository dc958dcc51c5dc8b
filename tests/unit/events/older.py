"""An older version of one type: `item.discussed` once said `people` where it now says `headcount`."""

from typing import Any, Final

from events.catalogue import Catalogue, Upcaster

TOPIC: Final = "id.jejak.item.discussed.v0"
OLDEST: Final = "id.jejak.item.discussed.v00"


def _people_to_headcount(data: dict[str, Any]) -> dict[str, Any]:
    rest = dict(data)
    return {"headcount": rest.pop("people"), **rest}


def _list_to_count(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "people": len(data["people"])}


CATALOGUE: Final = Catalogue(
    upcasters=(
        Upcaster(TOPIC, "id.jejak.item.discussed.v1", _people_to_headcount),
        Upcaster(OLDEST, TOPIC, _list_to_count),
    )
)
