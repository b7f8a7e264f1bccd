import socket

import pytest

from portal.launch.demo import chosen_port, is_healthy, require_free
from portal.launch.trouble import Trouble


@pytest.fixture
def taken():
    """Give a port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_refused_with_a_way_out(taken):
    with pytest.raises(Trouble, match=f"PORTAL_PORT={taken + 1} ./run demo"):
        require_free(taken)


def test_a_free_port_is_taken(taken):
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    require_free(free)
    assert not is_healthy(free)


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1"])
def test_a_port_that_is_no_port_is_refused(monkeypatch, port):
    monkeypatch.setenv("PORTAL_PORT", port)
    with pytest.raises(Trouble, match="from 1 to 65535"):
        chosen_port()


def test_the_port_is_8400_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("PORTAL_PORT", raising=False)
    assert chosen_port() == 8400
