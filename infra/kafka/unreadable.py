"""Messages that Kafka's client for Faust cannot read: they stop no partition.

Brokers do not look into the names of headers, which need not be UTF-8 then. aiokafka raises, Faust ends, and the
next one that is started meets the same.
"""

import logging
from collections.abc import Iterator
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

_UNREADABLE: Final = (ValueError, ArithmeticError, LookupError, EOFError, OSError)
"""What the libraries of a codec raise, and Python where bytes are not what they should be."""

_log: Final = logging.getLogger(__name__)

# aiokafka's compiled readers are subclassed at run time only: they come without types that allow it.
_Compiled: Any = fetcher.MemoryRecords
_Batch: Any = _DefaultRecordBatchPy
_Batches: Any = _MemoryRecordsPy
_Records: Any = fetcher.PartitionRecords


class _Names(bytearray):
    """Bytes whose slices are decoded whatever is in them."""

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401 - an index or a slice
        found = super().__getitem__(at)
        return _Names(found) if isinstance(found, bytearray) else found

    def decode(self, *_: object) -> str:  # as aiokafka calls it
        return super().decode("utf-8", "backslashreplace")


class _TolerantBatch(_Batch):  # type: ignore[misc]
    """A batch of which every record is read, or, where that cannot be, none."""

    where: Any
    _buffer: Any

    def __iter__(self) -> Iterator[Any]:
        try:
            self._maybe_uncompress()
            self._buffer = _Names(self._buffer)
            return iter([self._read_msg() for _number in range(self._num_records)])
        except (CorruptRecordException, UnsupportedCodecError, *_UNREADABLE) as error:
            _log.error(
                "the messages from offset %d to %d of partition %d of %s cannot be read, and are left out: %s",
                self.base_offset,
                self.next_offset - 1,
                self.where.partition,
                self.where.topic,
                error,
            )
            return iter(())


class _TolerantBatches(_Batches):  # type: ignore[misc]
    def __init__(self, fetched: bytes, where: Any) -> None:  # noqa: ANN401 - a partition, as aiokafka has it
        super().__init__(fetched)
        self._where = where

    def next_batch(self, *_: object) -> _TolerantBatch:
        batch = _TolerantBatch(self._next_slice)
        batch.where = self._where
        self._cache_next()
        return batch


class _Kept(_Compiled):  # type: ignore[misc]
    """What was fetched, together with its bytes."""

    def __init__(self, fetched: bytes) -> None:
        super().__init__(fetched)
        self.fetched = fetched


class _TolerantRecords(_Records):  # type: ignore[misc]
    """Reads with aiokafka's own reader; from what that cannot read on, with a slower and tolerant one."""

    _records: Any

    def _unpack_records(self) -> Iterator[Any]:
        try:
            yield from super()._unpack_records()
        except Exception:  # noqa: BLE001 - whatever its compiled code raises, the tolerant one has the last word
            self._records = _TolerantBatches(self._records.fetched, self._tp)
            yield from super()._unpack_records()  # what was read already lies below `next_fetch_offset`


def tolerate_unreadable_messages() -> None:
    """Have aiokafka's consumers of this process read so, from now on."""
    fetcher.MemoryRecords = _Kept
    fetcher.PartitionRecords = _TolerantRecords
