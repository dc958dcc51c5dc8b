"""What the questions of `jejak record` call things."""

import msgspec
import pytest

from events.catalogue import CATALOGUE
from infra.language import use_language
from services.cli.labels import label_of
from services.cli.record import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_label_in_both_languages(kind: str) -> None:
    fields = msgspec.structs.fields(CATALOGUE.types[KINDS[kind]])
    names = ["subject", "holder", "time", *(f"data.{field.encode_name}" for field in fields)]
    labels = []
    for language in ("en", "id"):
        use_language(language)
        labels.append([label_of(name, kind) for name in names])
    use_language("en")
    assert len(set(labels[0])) == len(set(labels[1])) == len(names)
