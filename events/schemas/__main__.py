"""Write the published schemas: `python -m events.schemas [FOLDER]`."""

import sys
from pathlib import Path

from events.schemas import FOLDER, write

if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
