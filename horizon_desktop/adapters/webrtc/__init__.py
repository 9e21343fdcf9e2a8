"""aiortc data channels: the direct path."""
