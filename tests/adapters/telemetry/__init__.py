"""Tests of what is read from this machine."""
