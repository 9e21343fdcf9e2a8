"""Wall-clock hours in a place: days, zones, daylight saving, blackout dates."""
