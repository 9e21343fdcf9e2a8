"""Tests of horizon_desktop/bridge."""
