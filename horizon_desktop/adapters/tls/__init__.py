"""pyOpenSSL memory BIOs: TLS 1.3 end to end, and certificates of the hub."""
