"""One codec per channel kind."""
