"""Written by fold_migrations: the models as they are, and the walls."""

import datetime
import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.clock
import portal.models.invitations
import portal.models.temporary_files
import portal.names
import portal.operations
from portal.migrations import _walls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        *_walls.BEFORE,
        portal.operations.AllAtOnce(
            operations=[
                migrations.CreateModel(
                    name="Acquaintance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="acquaintances",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "known",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="portal.organization",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "known"),
                                name="acquaintance_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdminRecovery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "explanation",
                            models.TextField(
                                max_length=1000, verbose_name="what happened"
                            ),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("approved", "Approved"),
                                    ("declined", "Declined"),
                                ],
                                default="asked",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decided by",
                            ),
                        ),
                        ("reason", models.TextField(blank=True, verbose_name="reason")),
                        (
                            "objection",
                            models.TextField(blank=True, verbose_name="objection"),
                        ),
                        (
                            "objected_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="objection by",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        (
                            "decided_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="decided at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "admin recovery",
                        "verbose_name_plural": "admin recoveries",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("organization", "person"),
                                name="admin_recovery_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["asked", "approved", "declined"])
                                ),
                                name="admin_recovery_state_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("verb", models.CharField(max_length=60, verbose_name="verb")),
                        (
                            "subject_type",
                            models.CharField(
                                max_length=60, verbose_name="subject type"
                            ),
                        ),
                        (
                            "subject_id",
                            models.BigIntegerField(verbose_name="subject id"),
                        ),
                        (
                            "subject_name",
                            models.CharField(
                                max_length=160, verbose_name="subject name"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "person_name",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="person name"
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "organization_name",
                            models.CharField(
                                blank=True,
                                max_length=120,
                                verbose_name="organization name",
                            ),
                        ),
                        ("side", models.CharField(max_length=10, verbose_name="side")),
                        (
                            "roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                default=list,
                                size=None,
                                verbose_name="roles",
                            ),
                        ),
                        (
                            "parties",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(),
                                default=list,
                                size=None,
                                verbose_name="parties",
                            ),
                        ),
                        ("reason", models.TextField(blank=True, verbose_name="reason")),
                        (
                            "changes",
                            models.JSONField(default=dict, verbose_name="changes"),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "audit entry",
                        "verbose_name_plural": "audit trail",
                        "indexes": [
                            models.Index(
                                fields=["subject_type", "subject_id"],
                                name="audit_subject",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CacheEntry",
                    fields=[
                        (
                            "cache_key",
                            models.CharField(
                                max_length=255,
                                primary_key=True,
                                serialize=False,
                                verbose_name="cache key",
                            ),
                        ),
                        ("value", models.TextField(verbose_name="value")),
                        (
                            "expires",
                            models.DateTimeField(db_index=True, verbose_name="expires"),
                        ),
                    ],
                    options={
                        "verbose_name": "cache entry",
                        "verbose_name_plural": "cache entries",
                    },
                ),
                migrations.CreateModel(
                    name="Document",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(max_length=200, verbose_name="file name"),
                        ),
                        (
                            "content_type",
                            models.CharField(
                                max_length=100, verbose_name="content type"
                            ),
                        ),
                        ("size", models.PositiveBigIntegerField(verbose_name="size")),
                        (
                            "sha256",
                            models.CharField(max_length=64, verbose_name="sha256"),
                        ),
                        (
                            "parties",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(),
                                size=None,
                                verbose_name="parties",
                            ),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="uploaded by",
                            ),
                        ),
                        (
                            "uploaded_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="uploaded at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "document",
                        "verbose_name_plural": "documents",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("size__gt", 0)),
                                name="document_is_not_empty",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Domain",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="domains",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(max_length=120, verbose_name="domain"),
                        ),
                        (
                            "verified_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="verified at"
                            ),
                        ),
                        (
                            "verified_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="verified by",
                            ),
                        ),
                        (
                            "proof_address",
                            models.EmailField(
                                blank=True,
                                max_length=254,
                                verbose_name="address of the proof",
                            ),
                        ),
                        (
                            "token_hash",
                            models.CharField(
                                blank=True,
                                editable=False,
                                max_length=64,
                                verbose_name="token hash",
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="expires at"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "mail domain",
                        "verbose_name_plural": "mail domains",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "name"),
                                name="domain_once_an_organization",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("verified_at__isnull", False)),
                                fields=("name",),
                                name="domain_verified_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "name",
                                        django.db.models.functions.text.Lower("name"),
                                    )
                                ),
                                name="domain_is_lower_case",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("token_hash", ""),
                                    models.Q(
                                        ("expires_at__isnull", False),
                                        ("verified_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="domain_link_ends",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Email",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                max_length=200, unique=True, verbose_name="key"
                            ),
                        ),
                        ("to", models.EmailField(max_length=254, verbose_name="to")),
                        (
                            "subject",
                            models.CharField(max_length=250, verbose_name="subject"),
                        ),
                        ("body", models.TextField(verbose_name="body")),
                        (
                            "attachment",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.document",
                                verbose_name="attached file",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "place",
                            models.SlugField(
                                blank=True, max_length=60, verbose_name="organization"
                            ),
                        ),
                        (
                            "caused_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="caused by",
                            ),
                        ),
                        (
                            "invitation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.invitation",
                                verbose_name="invitation",
                            ),
                        ),
                        (
                            "queued_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="queued at",
                            ),
                        ),
                        (
                            "sent_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="sent at"
                            ),
                        ),
                        (
                            "set_aside_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="set aside"
                            ),
                        ),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="attempts"
                            ),
                        ),
                        (
                            "last_error",
                            models.TextField(blank=True, verbose_name="last refusal"),
                        ),
                    ],
                    options={
                        "verbose_name": "mail",
                        "verbose_name_plural": "mails",
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("sent_at", None), ("set_aside_at", None)
                                ),
                                fields=["queued_at"],
                                name="email_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "subject__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029]",
                                    ),
                                    _negated=True,
                                ),
                                name="email_subject_is_one_line",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sent_at", None),
                                    ("set_aside_at", None),
                                    _connector="OR",
                                ),
                                name="email_is_sent_or_set_aside",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invitations",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "email",
                            models.EmailField(
                                max_length=254, verbose_name="e-mail address"
                            ),
                        ),
                        (
                            "roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("partner_admin", "Partner admin"),
                                        ("delivery_lead", "Delivery lead"),
                                        ("finance", "Finance"),
                                        ("consultant", "Consultant"),
                                        ("benefit_admin", "Benefit admin"),
                                        ("project_manager", "Project manager"),
                                    ],
                                    max_length=20,
                                ),
                                size=None,
                                verbose_name="roles",
                            ),
                        ),
                        (
                            "token_hash",
                            models.CharField(
                                max_length=64, unique=True, verbose_name="token hash"
                            ),
                        ),
                        (
                            "invited_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="invited by",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(
                                default=portal.models.invitations.invitation_end,
                                verbose_name="expires at",
                            ),
                        ),
                        (
                            "accepted_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="accepted at"
                            ),
                        ),
                        (
                            "undelivered_at",
                            models.DateTimeField(
                                null=True, verbose_name="undelivered at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "invitation",
                        "verbose_name_plural": "invitations",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("roles__len__gt", 0)),
                                name="invitation_has_a_role",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Location",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="locations",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                max_length=80,
                                validators=[portal.names.ensure_no_link],
                                verbose_name="name",
                            ),
                        ),
                        (
                            "street",
                            models.CharField(max_length=160, verbose_name="street"),
                        ),
                        (
                            "postal_code",
                            models.CharField(
                                blank=True, max_length=20, verbose_name="postal code"
                            ),
                        ),
                        ("city", models.CharField(max_length=80, verbose_name="city")),
                        (
                            "country",
                            models.CharField(max_length=2, verbose_name="country"),
                        ),
                        (
                            "latitude",
                            models.FloatField(
                                blank=True,
                                editable=False,
                                null=True,
                                verbose_name="latitude",
                            ),
                        ),
                        (
                            "longitude",
                            models.FloatField(
                                blank=True,
                                editable=False,
                                null=True,
                                verbose_name="longitude",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "location",
                        "verbose_name_plural": "locations",
                        "indexes": [
                            models.Index(
                                fields=["latitude", "longitude"],
                                name="location_by_place",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "name__iregex",
                                        "://|www\\.|mailto:|\\.[a-z]{2,}/|@[a-z0-9-]+\\.[a-z]{2,}",
                                    ),
                                    _negated=True,
                                ),
                                name="location_name_is_no_link",
                            ),
                            models.UniqueConstraint(
                                fields=("organization", "name"),
                                name="location_name_is_unique",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "organization"),
                                name="location_of_organization",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="memberships",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "organization_kind",
                            models.CharField(
                                editable=False,
                                max_length=10,
                                verbose_name="organization kind",
                            ),
                        ),
                        (
                            "roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("partner_admin", "Partner admin"),
                                        ("delivery_lead", "Delivery lead"),
                                        ("finance", "Finance"),
                                        ("consultant", "Consultant"),
                                        ("benefit_admin", "Benefit admin"),
                                        ("project_manager", "Project manager"),
                                    ],
                                    max_length=20,
                                ),
                                size=None,
                                verbose_name="roles",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(default=True, verbose_name="active"),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "membership",
                        "verbose_name_plural": "memberships",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "organization"),
                                name="membership_is_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("roles__len__gt", 0)),
                                name="membership_has_a_role",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("organization_kind", "partner"),
                                        (
                                            "roles__contained_by",
                                            [
                                                "partner_admin",
                                                "delivery_lead",
                                                "finance",
                                                "consultant",
                                            ],
                                        ),
                                    ),
                                    models.Q(
                                        ("organization_kind", "customer"),
                                        (
                                            "roles__contained_by",
                                            ["benefit_admin", "project_manager"],
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="membership_roles_fit_the_organization",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Organization",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                max_length=120,
                                validators=[portal.names.ensure_no_link],
                                verbose_name="name",
                            ),
                        ),
                        (
                            "slug",
                            models.SlugField(
                                max_length=60, unique=True, verbose_name="slug"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("partner", "Partner"),
                                    ("customer", "Customer"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "country",
                            models.CharField(max_length=2, verbose_name="country"),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=50, verbose_name="time zone"
                            ),
                        ),
                        (
                            "is_listed",
                            models.BooleanField(
                                default=False, verbose_name="is listed"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "organization",
                        "verbose_name_plural": "organizations",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_listed", True)),
                                fields=["name"],
                                name="organization_listed",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["partner", "customer"])
                                ),
                                name="organization_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_listed", False),
                                    ("kind", "partner"),
                                    _connector="OR",
                                ),
                                name="organization_listed_is_partner",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "name__iregex",
                                        "://|www\\.|mailto:|\\.[a-z]{2,}/|@[a-z0-9-]+\\.[a-z]{2,}",
                                    ),
                                    _negated=True,
                                ),
                                name="organization_name_is_no_link",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "kind"), name="organization_of_kind"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Place",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("key", models.CharField(max_length=120, verbose_name="key")),
                        (
                            "country",
                            models.CharField(max_length=2, verbose_name="country"),
                        ),
                        ("latitude", models.FloatField(verbose_name="latitude")),
                        ("longitude", models.FloatField(verbose_name="longitude")),
                        ("population", models.PositiveIntegerField()),
                    ],
                    options={
                        "verbose_name": "place",
                        "verbose_name_plural": "places",
                        "indexes": [
                            models.Index(fields=["key", "country"], name="place_by_key")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PublicMailDomain",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                max_length=120, unique=True, verbose_name="domain"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "public mail domain",
                        "verbose_name_plural": "public mail domains",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "name",
                                        django.db.models.functions.text.Lower("name"),
                                    )
                                ),
                                name="public_domain_is_lower_case",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reason",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("competency", "Competency"),
                                    ("certificate", "Certificate"),
                                    ("enrollment", "Enrollment"),
                                    ("profile", "Business profile"),
                                    ("enquiry", "Enquiry"),
                                ],
                                max_length=20,
                                verbose_name="topic",
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        (
                            "label",
                            models.CharField(max_length=120, verbose_name="reason"),
                        ),
                        (
                            "advice",
                            models.TextField(
                                blank=True, verbose_name="what to do about it"
                            ),
                        ),
                        (
                            "needs_note",
                            models.BooleanField(
                                default=False, verbose_name="needs a note"
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(default=True, verbose_name="in use"),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="position"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "reason",
                        "verbose_name_plural": "reasons",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("topic", "code"), name="reason_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "topic__in",
                                        [
                                            "competency",
                                            "certificate",
                                            "enrollment",
                                            "profile",
                                            "enquiry",
                                        ],
                                    )
                                ),
                                name="reason_topic_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedAddress",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        ("page", models.CharField(max_length=60, verbose_name="page")),
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        ("query", models.CharField(max_length=1000)),
                        (
                            "place",
                            models.PositiveSmallIntegerField(verbose_name="place"),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "saved address",
                        "verbose_name_plural": "saved addresses",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("organization"),
                                models.F("person"),
                                models.F("page"),
                                django.db.models.functions.text.Lower("name"),
                                name="saved_address_name_is_unique",
                            ),
                            models.UniqueConstraint(
                                fields=("organization", "person", "place"),
                                name="saved_address_has_its_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("place__gte", 1), ("place__lte", 20)
                                ),
                                name="saved_address_places_are_few",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("name", ""), _negated=True),
                                    models.Q(("query", ""), _negated=True),
                                ),
                                name="saved_address_says_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SealedBody",
                    fields=[
                        (
                            "key",
                            models.CharField(
                                max_length=200,
                                primary_key=True,
                                serialize=False,
                                verbose_name="key",
                            ),
                        ),
                        ("words", models.TextField()),
                        (
                            "queued_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="queued at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sealed mail",
                        "verbose_name_plural": "sealed mails",
                    },
                ),
                migrations.CreateModel(
                    name="SecondFactorRecovery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "explanation",
                            models.TextField(
                                blank=True,
                                max_length=1000,
                                verbose_name="what happened",
                            ),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("opened", "Opened"),
                                    ("confirmed", "Confirmed"),
                                    ("completed", "Removed"),
                                    ("objected", "Stopped"),
                                    ("declined", "Declined"),
                                ],
                                default="asked",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="opened by",
                            ),
                        ),
                        ("reason", models.TextField(blank=True, verbose_name="reason")),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="confirmed by",
                            ),
                        ),
                        (
                            "confirmed_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="confirmed at"
                            ),
                        ),
                        (
                            "removes_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="removed from"
                            ),
                        ),
                        (
                            "refusal",
                            models.TextField(
                                blank=True, verbose_name="reason against it"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="ended at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "second-factor recovery",
                        "verbose_name_plural": "second-factor recoveries",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ["asked", "opened", "confirmed"])
                                ),
                                fields=("person",),
                                name="second_factor_recovery_one_running",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "asked",
                                            "opened",
                                            "confirmed",
                                            "completed",
                                            "objected",
                                            "declined",
                                        ],
                                    )
                                ),
                                name="second_factor_recovery_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("opened_by", None),
                                    models.Q(
                                        ("opened_by", models.F("person")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="second_factor_recovery_not_for_oneself",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by", None),
                                    models.Q(
                                        ("opened_by__isnull", False),
                                        models.Q(
                                            ("confirmed_by", models.F("opened_by")),
                                            _negated=True,
                                        ),
                                        models.Q(
                                            ("confirmed_by", models.F("person")),
                                            _negated=True,
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="second_factor_recovery_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["confirmed", "completed"]),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("confirmed_by__isnull", False),
                                        (
                                            "removes_at__gte",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("confirmed_at"),
                                                "+",
                                                models.Value(
                                                    datetime.timedelta(days=1)
                                                ),
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="second_factor_recovery_waits_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "completed"), _negated=True),
                                    models.Q(
                                        ("ended_at__gte", models.F("removes_at")),
                                        ("ended_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="second_factor_recovery_has_waited",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TableExport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "ticket",
                            models.UUIDField(
                                default=uuid.uuid4,
                                editable=False,
                                unique=True,
                                verbose_name="ticket",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(
                                db_index=True,
                                default=portal.models.temporary_files.ends_at,
                                editable=False,
                                verbose_name="kept until",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(max_length=60, verbose_name="list"),
                        ),
                        ("query", models.TextField(blank=True, verbose_name="filters")),
                        (
                            "name",
                            models.CharField(max_length=200, verbose_name="file name"),
                        ),
                        (
                            "language",
                            models.CharField(max_length=10, verbose_name="language"),
                        ),
                        (
                            "zone",
                            models.CharField(max_length=60, verbose_name="time zone"),
                        ),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(default=0, editable=False),
                        ),
                        (
                            "finished_at",
                            models.DateTimeField(
                                editable=False, null=True, verbose_name="finished at"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="portal.temporaryfile",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "workbook of a list",
                        "verbose_name_plural": "workbooks of lists",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("finished_at", None)),
                                fields=("organization", "person", "source", "query"),
                                name="table_export_once",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TableImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                editable=False, max_length=40, verbose_name="kind"
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "ticket",
                            models.UUIDField(
                                default=uuid.uuid4,
                                editable=False,
                                unique=True,
                                verbose_name="ticket",
                            ),
                        ),
                        (
                            "file_name",
                            models.CharField(
                                default="", max_length=200, verbose_name="file"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="portal.temporaryfile",
                                verbose_name="file to read",
                            ),
                        ),
                        ("rows", models.JSONField(default=list, verbose_name="rows")),
                        (
                            "passed_over",
                            models.JSONField(
                                default=list, editable=False, verbose_name="passed over"
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="read by",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(
                                editable=False, verbose_name="kept until"
                            ),
                        ),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                default=0,
                                editable=False,
                                verbose_name="attempts to read it",
                            ),
                        ),
                        (
                            "read_at",
                            models.DateTimeField(
                                editable=False, null=True, verbose_name="read at"
                            ),
                        ),
                        (
                            "problem",
                            models.TextField(
                                default="", editable=False, verbose_name="problem"
                            ),
                        ),
                        (
                            "confirmed_at",
                            models.DateTimeField(
                                null=True, verbose_name="confirmed at"
                            ),
                        ),
                        (
                            "digest",
                            models.CharField(
                                default="",
                                editable=False,
                                max_length=64,
                                verbose_name="hash of the rows",
                            ),
                        ),
                        (
                            "is_again",
                            models.BooleanField(
                                default=False,
                                editable=False,
                                verbose_name="meant again",
                            ),
                        ),
                        (
                            "result",
                            models.JSONField(
                                default=dict, editable=False, verbose_name="result"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "uploaded table",
                        "verbose_name_plural": "uploaded tables",
                        "indexes": [
                            models.Index(fields=["expires_at"], name="table_import_end")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("confirmed_at__isnull", False), ("is_again", False)
                                ),
                                fields=("kind", "organization", "digest"),
                                name="table_import_rows_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_at", None),
                                    models.Q(
                                        ("problem", ""), ("read_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="table_import_confirmed_is_read",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TemporaryFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "ticket",
                            models.UUIDField(
                                default=uuid.uuid4,
                                editable=False,
                                unique=True,
                                verbose_name="ticket",
                            ),
                        ),
                        (
                            "organization",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="organization",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        (
                            "expires_at",
                            models.DateTimeField(
                                db_index=True,
                                default=portal.models.temporary_files.ends_at,
                                editable=False,
                                verbose_name="kept until",
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("draft", "to be sent with its form"),
                                    ("import", "to be read"),
                                    ("export", "to be taken away"),
                                ],
                                editable=False,
                                max_length=6,
                                verbose_name="purpose",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(max_length=200, verbose_name="file name"),
                        ),
                        ("size", models.PositiveBigIntegerField(verbose_name="size")),
                    ],
                    options={
                        "verbose_name": "temporary file",
                        "verbose_name_plural": "temporary files",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expires_at__gt", models.F("created_at"))
                                ),
                                name="temporary_file_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("purpose__in", ["draft", "import", "export"])
                                ),
                                name="temporary_file_has_a_purpose",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "password",
                            models.CharField(max_length=128, verbose_name="password"),
                        ),
                        (
                            "last_login",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="last login"
                            ),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "email",
                            models.EmailField(
                                max_length=254,
                                unique=True,
                                verbose_name="e-mail address",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                max_length=120,
                                validators=[portal.names.ensure_no_link],
                                verbose_name="full name",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[
                                    ("en", "English"),
                                    ("zh-hant", "Traditional Chinese"),
                                ],
                                default="en",
                                max_length=10,
                                verbose_name="language",
                            ),
                        ),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False, verbose_name="works at the sponsor"
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(default=True, verbose_name="active"),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="date joined",
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "person",
                        "verbose_name_plural": "people",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "email",
                                        django.db.models.functions.text.Lower("email"),
                                    )
                                ),
                                name="user_email_is_lower_case",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "name__iregex",
                                        "://|www\\.|mailto:|\\.[a-z]{2,}/|@[a-z0-9-]+\\.[a-z]{2,}",
                                    ),
                                    _negated=True,
                                ),
                                name="user_name_is_no_link",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="adminrecovery",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{asked:approved,asked:declined}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="36ad69cc25f3299c77411594623db8a42e5dae67",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_373f7",
                            table="portal_adminrecovery",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="auditentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="fa71245f7526007642358fdbaf327050311ba8b0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_1eeb1",
                            table="portal_auditentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="membership",
                    trigger=pgtrigger.compiler.Trigger(
                        name="keeps_an_admin",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            declare="DECLARE admin varchar[] := ARRAY['partner_admin', 'benefit_admin'];",
                            func="\nIF NOT (OLD.is_active AND OLD.roles && admin)\n    OR NOT EXISTS (SELECT FROM portal_user WHERE id = OLD.person_id AND is_active)\nTHEN\n    RETURN NULL;\nEND IF;\nPERFORM FROM portal_organization WHERE id = OLD.organization_id FOR NO KEY UPDATE;\nIF NOT EXISTS (\n    SELECT FROM portal_membership m JOIN portal_user p ON p.id = m.person_id\n    WHERE m.organization_id = OLD.organization_id\n        AND m.is_active AND p.is_active AND m.roles && admin\n) THEN\n    RAISE EXCEPTION 'The last admin of an organization stays.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_keeps_an_admin';\nEND IF;\nRETURN NULL;\n",
                            hash="4849888e8dfccf4d4280ccdb56e2dec7dc0ce36b",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_keeps_an_admin_215fc",
                            table="portal_membership",
                            timing="DEFERRABLE INITIALLY IMMEDIATE",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="organization",
                    trigger=pgtrigger.compiler.Trigger(
                        name="zone_is_known",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF public.portal_day_in(NEW.time_zone, now()) IS NULL THEN\n        RAISE check_violation USING CONSTRAINT = 'organization_zone_is_known',\n            MESSAGE = format('%L is no time zone', NEW.time_zone);\n    END IF;\n    RETURN NEW;\n",
                            hash="f0cd3abda4b174a1d6478e85d42a2b31792d5f4b",
                            operation='INSERT OR UPDATE OF "time_zone"',
                            pgid="pgtrigger_zone_is_known_16d27",
                            table="portal_organization",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="secondfactorrecovery",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{asked:opened,opened:confirmed,confirmed:completed,asked:objected,asked:declined,opened:objected,opened:declined,confirmed:objected,confirmed:declined}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="785cf310bc56ba9f15f9da83c3f2e3f7d6ca7f17",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_c2902",
                            table="portal_secondfactorrecovery",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        *_walls.AFTER,
    ]
