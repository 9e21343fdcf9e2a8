"""Sentences of the command line about quotas, pools, cost, time windows and the database they are kept in."""

from collections.abc import Mapping
from typing import Final

USAGE_SENTENCES: Final[Mapping[str, str]] = {
    "cost.currency": "All prices are in one currency of three capital letters, like EUR.",
    "pool.domain": "A mail domain is written like example.org.",
    "pool.kind": "There is no such kind of pool.",
    "pool.name": "A pool has a name of 1 to 255 characters.",
    "pool.period": "A pool ends after its start and in the future.",
    "pool.purpose": "Say in at most 1000 characters what the share of a pool is for.",
    "pool.users": "A pool is for one user at least.",
    "quota.burst": "Burst is 1 to 10 times the limit, and both together stay within what can be counted.",
    "quota.period": "A quota ends after its start and in the future.",
    "store.older": "The database is of an older version. Run: horizon db upgrade.",
    "store.agree": "That loses or brings back what the database holds. Say --yes if you mean it.",
    "store.changed": (
        "The profile's database {file} was changed by somebody else, so nothing was opened. Copies lie beside it; "
        "if you put this file there yourself, run: horizon db accept --yes."
    ),
    "store.damaged": "The profile's database {file} is damaged, so nothing was opened. Any copies lie beside it.",
    "store.rolled_back": (
        "The profile's database {file} is an old state of itself, so nothing was opened: used codes and revoked "
        "guests would come back. If you put it there yourself, run: horizon db accept --yes."
    ),
    "store.unsealed": "Only a profile's own database file has a seal.",
    "store.missing": "There is no such database file.",
    "store.revision": "There is no such revision below the one that the database is at.",
    "store.url": "A database is sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.",
    "usage.id": "That is not the id of a quota, a pool or a request.",
    "usage.resource": "There is no such resource to count.",
    "window.blackouts": "A date is written YYYY-MM-DD, and a time window leaves out at most 1000 days.",
    "window.times": "A time of day is written HH:MM, in whole seconds.",
}
