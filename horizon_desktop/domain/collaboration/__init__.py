"""Working together: session, channel, peer registry, relay permission, presence, lease."""
