"""Tests of horizon_desktop/main."""
