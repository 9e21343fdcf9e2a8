"""The headless hub: signaling, mailbox, relay."""
