"""Tests of horizon_desktop/services."""
