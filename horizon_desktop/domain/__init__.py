"""Values and rules. Pure."""
