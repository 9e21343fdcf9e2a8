"""Statements about shared files, their texts and the copy from before the first guest edit."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from horizon_desktop.adapters.storage import conflicts, session_rows
from horizon_desktop.adapters.storage.schema import (
    DOCUMENT_UPDATES,
    DOCUMENTS,
    ORIGINALS,
    SHARED_FILES,
)
from horizon_desktop.domain.ids import FileId, SessionId
from horizon_desktop.ports.records import DocumentRow, FileRow, FileStart


def _file(found: sa.Row[*tuple[Any, ...]]) -> FileRow:
    return FileRow(**found._mapping)


async def last_position(conn: AsyncConnection, session_id: SessionId) -> int:
    await session_rows.lock(conn, session_id)
    newest = await conn.scalar(
        sa.select(sa.func.max(SHARED_FILES.c.position)).where(SHARED_FILES.c.session_id == session_id)
    )
    return newest or 0


async def add_files(conn: AsyncConnection, files: Sequence[FileStart], *, after: int) -> None:
    """Add files that are new, and their first texts, in this order behind position `after`."""
    rows = [
        {"position": after + place, **msgspec.structs.asdict(start.row)} for place, start in enumerate(files, start=1)
    ]
    texts = [_first_text(start.document) for start in files if start.document is not None]
    if rows:
        await conn.execute(SHARED_FILES.insert(), rows)
    if texts:
        await conn.execute(DOCUMENTS.insert(), texts)


def _first_text(row: DocumentRow) -> dict[str, object]:
    return {"file_id": row.file_id, "epoch": row.epoch, "state": row.state, "saved_text": row.saved_text}


async def update_file(conn: AsyncConnection, row: FileRow) -> None:
    await conn.execute(
        SHARED_FILES.update().where(SHARED_FILES.c.file_id == row.file_id).values(msgspec.structs.asdict(row))
    )


async def remove_file(conn: AsyncConnection, file_id: FileId) -> None:
    await conn.execute(SHARED_FILES.delete().where(SHARED_FILES.c.file_id == file_id))


async def files(conn: AsyncConnection, session_id: SessionId) -> Sequence[FileRow]:
    columns = [column for column in SHARED_FILES.c if column.name != "position"]
    found = await conn.execute(
        sa.select(*columns).where(SHARED_FILES.c.session_id == session_id).order_by(SHARED_FILES.c.position)
    )
    return tuple(_file(row) for row in found)


async def start(conn: AsyncConnection, file_id: FileId, epoch: bytes, state: bytes, saved_text: str) -> None:
    await conn.execute(DOCUMENTS.delete().where(DOCUMENTS.c.file_id == file_id))
    await conn.execute(
        DOCUMENTS.insert(),
        {"file_id": file_id, "epoch": epoch, "state": state, "saved_text": saved_text},
    )


async def get(conn: AsyncConnection, file_id: FileId) -> DocumentRow | None:
    found = (await conn.execute(DOCUMENTS.select().where(DOCUMENTS.c.file_id == file_id))).first()
    if found is None:
        return None
    updates = await conn.scalars(
        sa.select(DOCUMENT_UPDATES.c.data)
        .where(DOCUMENT_UPDATES.c.file_id == file_id)
        .order_by(DOCUMENT_UPDATES.c.update_id)
    )
    return DocumentRow(**found._mapping, updates=tuple(updates))


async def append_update(conn: AsyncConnection, file_id: FileId, epoch: bytes, update: bytes) -> bool:
    if not await _has_epoch(conn, file_id, epoch):
        return False
    await conn.execute(DOCUMENT_UPDATES.insert(), {"file_id": file_id, "data": update})
    return True


async def compact(conn: AsyncConnection, file_id: FileId, epoch: bytes, state: bytes) -> bool:
    if not await _has_epoch(conn, file_id, epoch):
        return False
    await conn.execute(DOCUMENTS.update().where(DOCUMENTS.c.file_id == file_id).values(state=state))
    await conn.execute(DOCUMENT_UPDATES.delete().where(DOCUMENT_UPDATES.c.file_id == file_id))
    return True


async def set_saved_text(conn: AsyncConnection, file_id: FileId, text: str) -> None:
    await conn.execute(DOCUMENTS.update().where(DOCUMENTS.c.file_id == file_id).values(saved_text=text))


async def keep_original(conn: AsyncConnection, file_id: FileId, data: bytes) -> bool:
    return await conflicts.add_if_new(conn, ORIGINALS, {"file_id": file_id, "data": data})


async def original(conn: AsyncConnection, file_id: FileId) -> bytes | None:
    data: bytes | None = await conn.scalar(sa.select(ORIGINALS.c.data).where(ORIGINALS.c.file_id == file_id))
    return data


async def _has_epoch(conn: AsyncConnection, file_id: FileId, epoch: bytes) -> bool:
    stored = await conn.scalar(sa.select(DOCUMENTS.c.epoch).where(DOCUMENTS.c.file_id == file_id).with_for_update())
    return bool(stored == epoch)
