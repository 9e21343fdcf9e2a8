"""Qt and asyncio: loop, network thread, store, dispatcher."""
