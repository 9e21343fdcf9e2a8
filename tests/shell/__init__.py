"""The shell: Qt and asyncio together."""
