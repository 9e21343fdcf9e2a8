"""Keys, statements, hashes, PAKE, sealing, pictures."""
