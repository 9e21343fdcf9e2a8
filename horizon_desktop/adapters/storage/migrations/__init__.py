"""Revisions of the schema, each with its way up and its way down."""
