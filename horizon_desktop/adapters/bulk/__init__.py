"""QUIC (qh3) over an ICE path (aioice): the fast engine of the bulk lane."""
