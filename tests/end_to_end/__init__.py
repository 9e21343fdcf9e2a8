"""Whole sessions: real hub, real sockets on loopback, real files, real database."""
