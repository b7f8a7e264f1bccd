import stat
from pathlib import Path

import pytest

from portal.launch.place import (
    PlaceBusy,
    StateFolder,
    Trouble,
    own_folder,
    require_room,
    require_way,
    sockets_folder,
    state_folder,
)

ADDRESS_BYTES = 107


def test_a_users_state_lies_in_the_checkout(monkeypatch):
    monkeypatch.delenv("PORTAL_STATE", raising=False)
    assert state_folder(Path("/home/ann/portal"), 1000) == Path("/home/ann/portal/var")


def test_roots_state_of_two_checkouts_never_meets(monkeypatch):
    monkeypatch.delenv("PORTAL_STATE", raising=False)
    folders = {state_folder(Path(f"/{up}/portal"), 0) for up in ("a", "b")}
    assert len(folders) == 2
    assert {folder.parent for folder in folders} == {
        Path("/var/lib/planning-services-portal")
    }


def test_the_environment_names_another_state(monkeypatch):
    monkeypatch.setenv("PORTAL_STATE", "/srv/state")
    assert state_folder(Path("/home/ann/portal"), 0) == Path("/srv/state")


@pytest.mark.parametrize("depth", [1, 20, 100])
def test_a_sockets_address_fits_at_any_depth(depth):
    sockets = sockets_folder(Path("/") / "/".join(["deep"] * depth))
    assert len(str(sockets / "postgres" / ".s.PGSQL.5432")) <= ADDRESS_BYTES


def test_deep_places_do_not_share_sockets():
    deep = Path("/") / "/".join(["deep"] * 100)
    assert sockets_folder(deep / "a") != sockets_folder(deep / "b")


def test_a_place_is_held_by_one(tmp_path):
    place = StateFolder("demo", tmp_path / "demo")
    with place.lock(), pytest.raises(PlaceBusy, match="already runs"), place.lock():
        pass
    with place.lock():
        pass


def test_the_secret_key_stays_and_is_private(tmp_path):
    place = StateFolder("demo", tmp_path)
    assert len(place.secret) >= 50
    assert place.secret == place.secret
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_a_folder_that_is_a_link_elsewhere_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(Trouble, match="belongs to somebody else"):
        own_folder(tmp_path / "link", 0o700)


def test_a_folder_that_another_account_cannot_reach_is_refused(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o700)
    with pytest.raises(Trouble, match="closed is closed to the account postgres"):
        require_way(tmp_path / "closed" / "postgres", "postgres")


def test_a_disk_without_room_is_refused(tmp_path):
    with pytest.raises(Trouble, match="MB of free disk: make room"):
        require_room(tmp_path, 10**18)
