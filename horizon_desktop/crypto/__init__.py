"""Keys, signing with domain separation, hashing, PAKE and key pictures. Pure."""
