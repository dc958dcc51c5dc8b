"""How often the long tests do what they do: `JEJAK_SOAK=1` makes it ten times as often."""

import os
import sys
from typing import Final

SOAK: Final = os.environ.get("JEJAK_SOAK") == "1"


def rounds(number: int) -> int:
    """Return `number`, ten times as many in a soak."""
    return 10 * number if SOAK else number


def tell(sentence: str) -> None:
    """Print what a test counted, for whoever runs it with `-s`."""
    sys.stdout.write(f"\n{sentence}\n")
