"""Sans-IO machines, messages and codecs."""
