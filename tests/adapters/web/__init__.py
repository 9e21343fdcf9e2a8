"""The hub's listener and client over real TLS on the loopback."""
