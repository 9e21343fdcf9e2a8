"""SQLAlchemy Core and alembic."""
