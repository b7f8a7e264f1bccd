import os
import shutil
import signal
import tempfile
from pathlib import Path

import dj_database_url
import pytest

from portal.launch import broker
from portal.launch.cluster import Cluster, address, ident_map, quoted
from portal.launch.interrupts import Interrupts
from portal.launch.place import StateFolder
from portal.launch.processes import Processes

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
    found = dj_database_url.parse(address(PLACE, "portal_app"))
    assert {key: found[key] for key in ("HOST", "USER", "NAME", "PORT")} == {
        "HOST": "/home/ann lee/50%/demo/sockets/postgres",
        "USER": "portal_app",
        "NAME": "portal",
        "PORT": "",
    }


def test_a_folder_with_odd_signs_is_one_setting():
    assert quoted(Path('/a, b/"c"')) == '"/a, b/""c"""'


def test_nobody_answers_where_no_broker_listens(tmp_path):
    assert not broker.answers(tmp_path / "redis.sock")


@pytest.fixture
def processes():
    """Run servers in a folder that the database's account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="portal-cluster-"))
    folder.chmod(0o711)
    place = StateFolder("test", folder / "test")
    place.furnish()
    processes = Processes(place, Interrupts())
    yield processes
    processes.stop()
    shutil.rmtree(folder)


@pytest.mark.parametrize("is_torn", [False, True])
def test_a_careless_cluster_is_remade_when_it_was_not_closed_in_order(
    processes, is_torn
):
    cluster = Cluster(processes, is_throwaway=True, is_careful=False)
    cluster.up()
    marker = cluster.folder / "data" / "made-first"
    marker.touch()
    if is_torn:
        server = processes.running["postgres"].process
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
    processes.stop()
    cluster.up()
    assert marker.exists() is not is_torn
