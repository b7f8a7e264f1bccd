import socket

import pytest

from portal.launch import commands
from portal.launch.commands import (
    OTHER_HISTORY,
    is_healthy,
    port_from_environment,
    prepare,
    require_free,
)
from portal.launch.place import PlaceBusy, StateFolder, Trouble
from portal.launch.processes import Processes
from portal.launch.servers import DATABASE


@pytest.fixture
def taken():
    """Return a port on which somebody listens."""
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
        port_from_environment()


def test_the_port_is_8400_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("PORTAL_PORT", raising=False)
    assert port_from_environment() == 8400


@pytest.fixture
def ending(tmp_path, monkeypatch):
    """Prepare a demo by a program that ends with a given code."""

    def end(code):
        monkeypatch.setattr(commands, "MANAGE", ("sh", "-c", f"exit {code}"))
        place = StateFolder("demo", tmp_path / "demo")
        place.furnish()
        prepare(Processes(place), {})

    return end


def test_a_demo_of_another_version_is_made_anew(ending, monkeypatch):
    monkeypatch.delenv(DATABASE, raising=False)
    with pytest.raises(Trouble, match=r"demo is of another .* \./run demo --fresh$"):
        ending(OTHER_HISTORY)


def test_nobody_is_told_to_make_a_server_of_others_anew(ending, monkeypatch):
    monkeypatch.setenv(DATABASE, "postgres://somewhere")
    with pytest.raises(Trouble, match=f"{DATABASE} is of .*: name an empty one"):
        ending(OTHER_HISTORY)


def test_a_demo_that_cannot_be_prepared_names_the_log(ending):
    ending(0)
    with pytest.raises(Trouble, match=r"could not be prepared .*prepare\.log"):
        ending(1)


def test_who_comes_second_leaves_the_first_ones_data_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_STATE", str(tmp_path))
    place = StateFolder.of("bench")
    data = place.folder / "postgres" / "data"
    data.mkdir(parents=True)
    with place.lock(), pytest.raises(PlaceBusy, match="bench already runs"):
        commands.bench([])
    assert data.exists()
