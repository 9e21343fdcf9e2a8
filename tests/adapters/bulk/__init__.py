"""Tests of the fast bulk engine."""
