"""Who may: identity, capability, token, invitation."""
