"""The version of the product."""

from typing import Final

__version__: Final = "0.1.0"
