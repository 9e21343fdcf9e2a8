"""The one way in for every front."""
