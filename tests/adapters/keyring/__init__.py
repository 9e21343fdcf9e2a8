"""Tests of horizon_desktop/adapters/keyring."""
