"""aiohttp: the hub's server side and its client."""
