"""The shipped tables of accrual: invented, labelled so, loaded once."""

import json
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from enrollment.models import Program
from vouchers.models import DayScale, LicensedProduct, PointRule

FILE = Path(__file__).resolve().parent.parent / "accrual.json"


def load_accrual() -> int:
    """Add the demo tables to the shipped program if it has none; gives the products.

    A program with a product or a scale of its own stays as it is: real values are
    never mixed up with invented ones.
    """
    shipped = json.loads(FILE.read_text())
    program = Program.objects.filter(code=shipped["program"]).first()
    if program is None or has_tables(program):
        return 0
    since = shipped["valid_from"]
    with transaction.atomic():
        for each in shipped["products"]:
            product = LicensedProduct.objects.create(
                program=program, code=each["code"], name=each["name"]
            )
            PointRule.objects.create(
                product=product,
                points_per_licence=Decimal(each["points"]),
                valid_from=since,
                is_demo=True,
            )
        for each in shipped["scale"]:
            DayScale.objects.create(
                program=program,
                min_points=Decimal(each["min_points"]),
                days=each["days"],
                valid_from=since,
                is_demo=True,
            )
    return len(shipped["products"])


def has_tables(program: Program) -> bool:
    products = LicensedProduct.objects.filter(program=program)
    return products.exists() or DayScale.objects.filter(program=program).exists()
