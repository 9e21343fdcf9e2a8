"""Horizon Desktop: one hour of work together, and nothing after."""
