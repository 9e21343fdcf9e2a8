"""Tests mirror horizon_desktop/."""
