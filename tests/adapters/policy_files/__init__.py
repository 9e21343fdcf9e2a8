"""Policy files on disk."""
