"""Tests of notices between processes over a real PostgreSQL."""
