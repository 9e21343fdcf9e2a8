"""Who may: capability, token, invitation, identity."""
