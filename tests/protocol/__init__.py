"""Tests of the machines and codecs."""
