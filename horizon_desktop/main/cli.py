"""The command `horizon`: loads itself so that Ctrl-C is quiet at any moment, and runs."""

import gc
import signal


def main() -> None:
    """Run `horizon` and leave with its exit status."""
    # While it loads and when all is done there is nothing to land, and Python would print a trace.
    is_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else whoever started us wants it so
    if is_ours:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # what loads stays: looking through it for garbage, over and over, takes a sixth of the time
    from horizon_desktop.main.command_doors import run_command  # noqa: PLC0415  (this is what takes its time)

    if is_ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run_command()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
