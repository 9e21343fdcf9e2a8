"""The window's loop: it runs until its work is done, whatever windows close meanwhile."""

import asyncio

from PySide6.QtWidgets import QApplication, QWidget

from horizon_desktop.shell.loop import run_in_window


def test_the_last_window_that_closes_does_not_end_the_work(qapp: QApplication) -> None:
    qapp.setQuitOnLastWindowClosed(True)

    async def work() -> str:
        window = QWidget()
        window.show()
        await asyncio.sleep(0)
        window.close()
        window.deleteLater()
        await asyncio.sleep(0.05)
        return "done"

    assert run_in_window(qapp, work()) == "done"
