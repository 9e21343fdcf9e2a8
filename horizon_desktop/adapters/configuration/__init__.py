"""Configuration from files, secret files, environment and options, by pydantic-settings; nothing of it leaves here."""
