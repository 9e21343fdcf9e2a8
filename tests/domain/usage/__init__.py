"""Tests of horizon_desktop/domain/usage."""
