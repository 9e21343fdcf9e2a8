"""The rules of the house, and that the check finds each breach."""
