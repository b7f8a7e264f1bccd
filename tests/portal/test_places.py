"""Cities by the names that people type."""

import hashlib
import json
import lzma
import re

import pytest
from django.core.management import call_command

from portal import places
from portal.models import Location, Place
from tests.factories.portal import LocationFactory, PlaceFactory

CITIES = [
    ("Munich", "DE", "48.137", "11.575", "1505005", "munchen|muenchen|慕尼黑"),
    ("Frankfurt (Oder)", "DE", "52.342", "14.553", "51691", "frankfurt"),
]


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Ship two cities instead of all."""
    packed = tmp_path / "cities.tsv.xz"
    lines = "".join("\t".join(city) + "\n" for city in CITIES)
    packed.write_bytes(lzma.compress(lines.encode()))
    monkeypatch.setattr(places, "FILE", packed)
    return packed


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("  MÜNCHEN ", "munchen"),
        ("Frankfurt/Main", "frankfurt main"),
        ("Tromsø", "tromso"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("St. John's", "st john s"),
        ("慕尼黑", "慕尼黑"),
        ("臺北市", "台北市"),
        ("羣馬", "群馬"),
        ("?!", ""),
    ],
)
def test_names_are_looked_up_without_accents_and_signs(typed, key):
    assert places.key_of(typed) == key


@pytest.mark.django_db
def test_loading_gives_each_name_of_a_city_a_row(file):
    call_command("load_places")

    keys = Place.objects.filter(name="Munich").values_list("key", flat=True)
    assert set(keys) == {"munich", "munchen", "muenchen", "慕尼黑"}
    oder = Place.objects.get(key="frankfurt")
    assert (oder.latitude, oder.longitude) == (52.342, 14.553)


@pytest.mark.django_db
def test_loading_twice_changes_nothing(file):
    assert places.load_cities() == 6
    assert places.load_cities() == 0
    assert Place.objects.count() == 6


@pytest.mark.django_db
def test_a_location_lies_in_the_largest_city_of_its_name_in_its_country():
    PlaceFactory(name="Vienna", country="AT", latitude=48.2, population=1_700_000)
    PlaceFactory(name="Vienna", country="US", latitude=38.9, population=16_000)
    large = PlaceFactory(name="Vienna", country="US", latitude=40.0, population=17_000)
    location = LocationFactory.build(organization=None, city="VIENNA", country="US")

    places.locate(location)

    assert (location.latitude, location.longitude) == (40.0, large.longitude)


@pytest.mark.django_db
def test_a_location_in_an_unknown_city_lies_nowhere():
    location = LocationFactory.build(organization=None, city="Nowhere", latitude=1.0)

    places.locate(location)

    assert location.latitude is None


@pytest.mark.django_db
def test_locations_that_are_there_already_are_located_at_once(file, same_statements):
    places.load_cities()
    LocationFactory(city="München")
    with same_statements():
        assert places.locate_all() == 1
    LocationFactory.create_batch(2, city="München")
    LocationFactory(city="Frankfurt", country="US")
    with same_statements():
        assert places.locate_all() == 2

    assert Location.objects.filter(latitude=48.137).count() == 3
    assert places.locate_all() == 0


def test_the_shipped_cities_are_those_that_the_note_names():
    note = (places.FILE.parent / "VENDORED.md").read_text()
    packed = places.FILE.read_bytes()

    assert hashlib.sha256(packed).hexdigest() in note
    assert len(packed) < 1_000_000


def test_the_shipped_cities_are_known_in_several_languages():
    keys = {row[1]: row[0] for row in places.read_shipped() if row[0] == "Munich"}

    assert {"munich", "munchen", "monaco di baviera", "慕尼黑"} <= set(keys)


def test_packing_keeps_the_names_that_people_type(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "FILE", tmp_path / "cities.tsv.xz")
    monkeypatch.setattr(
        "portal.management.commands.pack_places.FILE", tmp_path / "cities.tsv.xz"
    )
    names = ["MUC", "München", "Minga", "Mi'unik", "Мюнхен", "慕尼黑", "x" * 50]
    city = {
        "name": "Munich",
        "countrycode": "DE",
        "latitude": 48.13743,
        "longitude": 11.57549,
        "population": 1505005,
        "alternatenames": names,
    }
    village = {**city, "name": "Egg", "population": 16_000}
    source = tmp_path / "cities.json"
    source.write_text(json.dumps({"1": city, "2": village}))

    call_command("pack_places", str(source))

    rows = [row[:2] for row in places.read_shipped()]
    assert rows == [
        ("Egg", "egg"),
        ("Egg", "慕尼黑"),
        ("Munich", "munich"),
        ("Munich", "munchen"),
        ("Munich", "minga"),
        ("Munich", "慕尼黑"),
    ]
    assert re.fullmatch(r"48\.137", next(places.read_shipped())[3])


@pytest.mark.django_db
def test_a_city_is_found_in_both_forms_of_its_letters():
    call_command("load_places")

    found = {places.cities_named(name).first() for name in ("臺北", "台北")}

    assert [city.country for city in found] == ["TW"]
