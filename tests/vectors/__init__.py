"""Golden vectors: bytes that must never change."""
