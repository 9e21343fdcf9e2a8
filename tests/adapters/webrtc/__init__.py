"""Tests of the direct path by aiortc."""
