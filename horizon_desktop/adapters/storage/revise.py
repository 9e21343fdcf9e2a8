"""Writes the next revision from the difference between schema and migrations: python -m ....revise "what it adds"."""

import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from horizon_desktop.adapters.storage.migrate import configuration, upgrade


def main() -> None:
    """Compare a fresh database at the newest revision with the schema and write what is missing."""
    words = " ".join(sys.argv[1:])
    if not words:
        raise SystemExit("say what it adds: revise.py WORDS")
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{Path(folder) / 'empty.db'}")
        with engine.connect() as conn:
            upgrade(conn)
            config = configuration(conn)
            newest = sum(1 for _ in (Path(__file__).parent / "migrations" / "versions").glob("0*.py"))
            command.revision(config, words, autogenerate=True, rev_id=f"{newest + 1:04d}")
        engine.dispose()


if __name__ == "__main__":
    main()
