"""What runs in the stack besides the servers, as commands of `jejak`."""

from typing import Final

Words = tuple[str, ...]
"""A command of `jejak` and its arguments."""

BEFORE: Final[tuple[Words, ...]] = (("migrate",),)
"""What is run to its end, in this order, before the parts start; as the database's superuser, where it is ours."""

PARTS: Final[tuple[Words, ...]] = (("relay",), ("worker",), ("inbox",), ("follow",))
"""What is kept running, each under the name of its command; started in this order, ended in the opposite one."""
