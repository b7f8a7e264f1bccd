"""A list and a transition, written as anybody would."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from bench.floors import moves
from bench.floors.models import Membership, Tenant, Voucher

SIZE = 50


@login_required
def index(request: HttpRequest, tenant: int) -> HttpResponse:
    mine = Membership.objects.select_related("tenant")
    membership = get_object_or_404(mine, person=request.user, tenant=tenant)
    rows = Voucher.objects.filter(tenant=tenant).select_related("manager")
    if edge := request.GET.get("older"):
        moment, _, pk = edge.partition("~")
        at = datetime.fromisoformat(moment)
        older = Q(created_at__lt=at) | Q(created_at=at, id__lt=int(pk))
        rows = rows.filter(older, created_at__lte=at)
    found = list(rows.order_by("-created_at", "-id")[: SIZE + 1])
    context = {
        "tenant": membership.tenant,
        "tenants": Tenant.objects.filter(membership__person=request.user),
        "rows": found[:SIZE],
        "older": found[SIZE - 1] if len(found) > SIZE else None,
    }
    return render(request, "floor.html", context)


@require_POST
@login_required
def move(request: HttpRequest, tenant: int, pk: int) -> HttpResponse:
    moves.move(tenant, pk, request.user.pk)
    return redirect("index", tenant)
