from pathlib import Path

import dj_database_url

from portal.launch import broker
from portal.launch.cluster import address, ident_map, quoted
from portal.launch.place import Place

PLACE = Place("demo", Path("/home/ann lee/50%/demo"))


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
