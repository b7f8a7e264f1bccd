import os
import shutil
import signal
import tempfile
from pathlib import Path

import dj_database_url
import pytest

from portal.launch import servers
from portal.launch.place import StateFolder
from portal.launch.processes import Interrupts, Processes, wait_until
from portal.launch.servers import Cluster, ask, database_url, ident_map, quoted

PLACE = StateFolder("demo", Path("/home/ann lee/50%/demo"))


def test_only_the_given_accounts_become_roles():
    assert ident_map({"ann", "postgres"}).splitlines() == [
        'portal "ann" postgres',
        'portal "ann" portal_owner',
        'portal "ann" portal_app',
        'portal "postgres" postgres',
        'portal "postgres" portal_owner',
        'portal "postgres" portal_app',
    ]


def test_django_finds_the_cluster_by_its_address():
    found = dj_database_url.parse(database_url(PLACE, "portal_app"))
    assert {key: found[key] for key in ("HOST", "USER", "NAME", "PORT")} == {
        "HOST": "/home/ann lee/50%/demo/sockets/postgres",
        "USER": "portal_app",
        "NAME": "portal",
        "PORT": "",
    }


def test_a_folder_with_odd_signs_is_one_setting():
    assert quoted(Path('/a, b/"c"')) == '"/a, b/""c"""'


def test_nobody_answers_where_no_redis_listens(tmp_path):
    assert ask(tmp_path / "redis.sock", b"PING") == b""


@pytest.fixture
def place():
    """Return a folder that the servers' accounts can reach."""
    folder = Path(tempfile.mkdtemp(prefix="portal-servers-"))
    folder.chmod(0o711)
    place = StateFolder("test", folder / "test")
    place.furnish()
    yield place
    processes = Processes(place, Interrupts())
    servers.stop(processes)
    shutil.rmtree(folder)


@pytest.fixture
def processes(place):
    processes = Processes(place, Interrupts())
    yield processes
    processes.stop()


def up(cluster):
    cluster.up(is_throwaway=True, is_careful=False)


def kill(cluster):
    pid = cluster.pid
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: cluster.pid is None, 10)


def test_a_cluster_starts_though_a_killed_one_left_its_lock(processes):
    cluster = Cluster(processes)
    up(cluster)
    lock = cluster.sockets / ".s.PGSQL.5432.lock"
    left = lock.read_text()
    cluster.down()
    # A number that somebody has by now.
    lock.write_text(left.replace(left.split()[0], str(os.getpid()), 1))
    up(cluster)
    assert cluster.pid


@pytest.mark.parametrize("is_torn", [False, True])
def test_a_careless_cluster_is_remade_when_it_was_not_closed_in_order(
    processes, is_torn
):
    cluster = Cluster(processes)
    up(cluster)
    marker = cluster.data / "made-first"
    marker.touch()
    if is_torn:
        kill(cluster)
    cluster.down()
    up(cluster)
    assert marker.exists() is not is_torn


def test_the_next_run_ends_the_servers_of_a_killed_one(place, monkeypatch):
    for name in (servers.DATABASE, servers.OWNER_DATABASE, servers.REDIS):
        monkeypatch.delenv(name, raising=False)
    killed = Processes(place, Interrupts())
    servers.start(killed, throwaway=True)
    assert servers.ended(killed) == []
    assert Cluster(killed).pid

    servers.stop(Processes(place, Interrupts()))

    assert Cluster(killed).pid is None
    assert killed.running["redis"].wait(10) == 0
    assert servers.ended(killed) == ["postgres", "redis"]


def test_a_number_that_somebody_else_has_now_is_nobodys_server(processes):
    cluster = Cluster(processes)
    cluster.data.mkdir(parents=True)
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert cluster.pid is None


@pytest.mark.parametrize("text", ["", "x", "999999999"])
def test_a_torn_note_of_a_server_is_no_server(processes, text):
    cluster = Cluster(processes)
    cluster.data.mkdir(parents=True)
    (cluster.data / "postmaster.pid").write_text(text)
    assert cluster.pid is None
