"""pycrdt and files on disk."""
