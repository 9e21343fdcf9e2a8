"""A person plays the application: real windows on a virtual screen, found by accessible name."""
