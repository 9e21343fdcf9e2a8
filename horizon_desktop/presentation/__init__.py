"""Pure view state."""
