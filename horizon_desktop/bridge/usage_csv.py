"""Booked use as CSV, for a spreadsheet: exact figures, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from horizon_desktop.domain.usage.cost import CostEntry

HEADING: Final = ("time", "sponsor", "guest", "session", "resource", "quantity", "rate", "cost", "currency")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection)."""


def entries_csv(entries: Iterable[CostEntry], *, currency: str) -> str:
    """Return the entries under a heading; lines end with CRLF (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADING)
    for entry in entries:
        names = (entry.sponsor_id, entry.beneficiary_id, entry.session_id)
        figures = (entry.resource_type.value, f"{entry.quantity:f}", f"{entry.rate:f}", f"{entry.cost:f}", currency)
        writer.writerow((entry.booked_at.iso(), *(_plain(name) for name in names), *figures))
    return text.getvalue()


def _plain(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULA) else name
