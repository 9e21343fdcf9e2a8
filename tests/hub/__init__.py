"""The hub: admission, its loops, its pages, and a whole one on the loopback."""
