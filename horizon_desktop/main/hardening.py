"""What a process of ours gives up before it holds a secret."""

import sys


def leave_no_core_dumps() -> None:
    """Make sure that a crash of this process or of one it starts writes no memory to disk."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  (exists elsewhere only)

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
