"""The shipped rates: invented, labeled so, and never in the way of real ones."""

import json

import pytest
from django.core.management import call_command

from payments.models import Rate
from payments.services import rates
from tests.factories.enrollment import OfferingFactory
from tests.factories.payments import RateFactory

SHIPPED = json.loads(rates.FILE.read_text())["rates"]


def test_every_offering_gets_a_demo_rate_in_each_country(catalogue):
    call_command("load_rates")

    assert Rate.objects.filter(is_demo=True).count() == 6 * len(SHIPPED)


def test_loading_twice_adds_nothing(catalogue):
    call_command("load_rates")
    before = Rate.objects.count()

    call_command("load_rates")

    assert Rate.objects.count() == before


@pytest.mark.django_db
def test_a_real_rate_stays_alone():
    real = RateFactory(offering=OfferingFactory())

    call_command("load_rates")

    assert list(Rate.objects.filter(country="DE")) == [real]
