"""Tests of horizon_desktop/cli."""
