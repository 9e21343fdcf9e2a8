"""Where the device key lives."""
