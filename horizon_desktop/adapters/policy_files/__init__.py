"""Policy files: YAML read strictly and written (PyYAML)."""
