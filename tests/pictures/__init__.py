"""Pictures of every page, drawn offscreen with the invented data of the design's own pictures."""
