"""Notices between processes by PostgreSQL's LISTEN and NOTIFY, over asyncpg."""
