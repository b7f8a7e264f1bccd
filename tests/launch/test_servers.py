import os
import shutil
import tempfile
from pathlib import Path

import dj_database_url
import pytest

from portal.launch import servers
from portal.launch.place import StateFolder, Trouble
from portal.launch.processes import Processes, wait_until, working_in
from portal.launch.servers import Cluster, database_url, ident_map, quote_path

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
    assert quote_path(Path('/a, b/"c"')) == '"/a, b/""c"""'


@pytest.fixture
def place():
    """Return a folder that the servers' accounts can reach."""
    folder = Path(tempfile.mkdtemp(prefix="portal-servers-"))
    folder.chmod(0o711)
    place = StateFolder("test", folder / "test")
    place.furnish()
    yield place
    servers.stop(Processes(place))
    shutil.rmtree(folder)


@pytest.fixture
def run(place):
    """Return a way to begin one more run in the same place."""
    runs = []

    def begin():
        runs.append(Processes(place))
        return runs[-1]

    yield begin
    for each in runs:
        servers.stop(each)


def up(processes):
    """Start a cluster as tests have it."""
    cluster = Cluster(processes)
    cluster.up(throwaway=True, careful=False)
    return cluster


def kill(cluster):
    """Kill a server, and wait for its children, which end by themselves."""
    server = cluster.processes.running.pop("postgres")
    server.kill()
    server.wait()
    assert wait_until(lambda: not working_in(cluster.data), 20)


def test_a_cluster_starts_though_a_killed_one_left_its_locks(run):
    """As after a crash of the machine: the numbers are somebody else's by now."""
    cluster = up(run())
    locks = [cluster.data / "postmaster.pid", cluster.sockets / ".s.PGSQL.5432.lock"]
    pid = str(cluster.processes.running["postgres"].pid)
    left = [lock.read_text().replace(pid, str(os.getpid()), 1) for lock in locks]
    kill(cluster)
    for lock, text in zip(locks, left, strict=True):
        lock.write_text(text)
    again = Cluster(run())
    again.up(throwaway=False, careful=True)
    assert again.processes.ended_names() == []


@pytest.mark.parametrize("is_torn", [False, True])
def test_a_careless_cluster_is_remade_when_it_was_not_closed_in_order(run, is_torn):
    cluster = up(run())
    marker = cluster.data / "made-first"
    marker.touch()
    if is_torn:
        kill(cluster)
    servers.stop(cluster.processes)
    up(run())
    assert marker.exists() is not is_torn


def test_data_that_are_kept_outlive_a_killed_server(run):
    cluster = up(run())
    marker = cluster.data / "made-first"
    marker.touch()
    kill(cluster)
    Cluster(run()).up(throwaway=False, careful=True)
    assert marker.exists()


def test_the_next_run_ends_the_servers_of_a_killed_one(run, monkeypatch):
    for name in (servers.DATABASE, servers.OWNER_DATABASE, servers.REDIS):
        monkeypatch.delenv(name, raising=False)
    killed = run()
    servers.start(killed, throwaway=True)
    assert killed.ended_names() == []

    servers.stop(run())

    assert [each.wait(10) for each in killed.running.values()] == [0, 0]
    assert killed.ended_names() == ["postgres", "redis"]
    assert not (Cluster(killed).data / "postmaster.pid").exists()


def test_a_server_that_cannot_start_names_its_log(run, monkeypatch):
    monkeypatch.setattr(servers, "CARELESS", ("shared_buffers=much",))
    with pytest.raises(Trouble, match=r"postgres did not start: see .*postgres\.log"):
        up(run())
