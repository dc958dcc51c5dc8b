"""Every producer that takes the subject for the key chooses the same partition."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner import DefaultPartitioner

from infra.kafka.partition import partition_of


@given(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True), st.integers(1, 100))
def test_it_is_what_kafkas_default_partitioner_chooses(subject: str, partitions: int) -> None:
    ids = set(range(partitions))
    cluster = SimpleNamespace(
        topics=lambda: {"any"},
        partitions_for_topic=lambda _topic: ids,
        available_partitions_for_topic=lambda _topic: ids,
    )
    chosen = DefaultPartitioner().partition("any", subject, subject.encode(), None, None, cluster)
    assert partition_of(subject, partitions) == chosen


def test_it_is_the_one_that_javas_client_chooses() -> None:
    # Hashes by org.apache.kafka.common.utils.Utils.murmur2, as its own test (UtilsTest) has them.
    assert partition_of("21", 2**31) == -973932308 & 0x7FFFFFFF
    assert partition_of("foobar", 2**31) == -790332482 & 0x7FFFFFFF
    assert partition_of("a-little-bit-long-string", 2**31) == -985981536 & 0x7FFFFFFF
