"""Whole programs in laboratories of their own network."""
