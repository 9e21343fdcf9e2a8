"""The window's state and what is shown of it, without a window."""
