"""The same promises against fake and real."""
