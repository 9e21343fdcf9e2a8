"""Tests cannot leave this machine."""

import socket

import pytest


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(OSError, match="tests stay on this machine"):
        outside.connect(("192.0.2.1", 443))


def test_a_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(socket.gaierror, match="tests stay on this machine"):
        socket.getaddrinfo("horizon.example", 443)


def test_loopback_is_open() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
