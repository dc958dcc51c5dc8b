"""Which partitions of a worker are late, and when it is ready."""

import pytest

from projections.worker.share import Share


class Watched:
    """A share whose positions and clock the test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self.folded = {0: 0, 1: 0, 2: 0}
        self.sent: dict[int, int] = {}
        monkeypatch.setattr("projections.worker.share.time.monotonic", lambda: self.now)
        self.share = Share(lambda: self.folded, lambda: self.sent)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def test_with_nothing_to_fold_it_is_ready(watched: Watched) -> None:
    watched.share.deal_out([])
    assert watched.share.why_not_ready() is None


def test_what_was_sent_on_a_new_partition_is_late_at_once(watched: Watched) -> None:
    watched.sent = {0: 7, 2: 9}
    watched.share.deal_out([0, 1])
    assert watched.share.late(5) == {0: 7}


def test_a_partition_that_moves_is_not_late_however_far_it_is_behind(watched: Watched) -> None:
    watched.share.deal_out([0])
    assert watched.share.late(5) == {}
    watched.sent = {0: 1_000}
    for position in range(100, 900, 100):
        watched.now += 4
        watched.folded[0] = position
        assert watched.share.late(5) == {}
    watched.now += 5
    assert watched.share.late(5) == {0: 1_000}


def test_a_partition_is_far_behind_by_how_much_was_sent_whether_it_moves_or_not(watched: Watched) -> None:
    watched.share.deal_out([0, 1])
    watched.sent = {0: 1_000, 1: 1_000, 2: 1_000}
    watched.folded = {0: 899, 1: 900, 2: 0}
    assert watched.share.far_behind(100) == {0: 1_000}
    watched.folded[0] = 950
    assert watched.share.far_behind(100) == {}


def test_one_that_had_nothing_to_do_for_long_has_its_time_too(watched: Watched) -> None:
    watched.share.deal_out([0])
    watched.share.late(5)
    watched.now += 3_600
    watched.share.late(5)
    watched.sent = {0: 3}
    watched.now += 1
    assert watched.share.late(5) == {}


def test_it_is_not_ready_while_a_partition_is_stuck(watched: Watched) -> None:
    watched.share.deal_out([0, 1])
    assert watched.share.why_not_ready() is None
    watched.sent = {1: 5}
    watched.now += 30
    assert (
        watched.share.why_not_ready() == "nothing was folded for 30 seconds of what was sent on the partitions 1"
    )
    watched.folded[1] = 5
    assert watched.share.why_not_ready() is None


def test_what_others_fold_now_is_no_matter_of_it(watched: Watched) -> None:
    watched.sent = {0: 7, 1: 7}
    watched.share.deal_out([0, 1])
    watched.share.deal_out([1])
    assert watched.share.late(5) == {1: 7}
