"""Written by fold_migrations: the models as they are, and the walls."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import enrollment.models.catalogue
import enrollment.models.programs
import enrollment.models.rules
import portal.clock
import portal.fields
import portal.operations
import portal.text_sql
from enrollment.migrations import _walls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("portal", "0001_initial"),
    ]

    operations = [
        *_walls.BEFORE,
        portal.operations.AllAtOnce(
            operations=[
                migrations.CreateModel(
                    name="BusinessProfile",
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
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="business_profiles",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "country",
                            models.CharField(max_length=2, verbose_name="country"),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("published", "Published"),
                                    ("returned", "Returned"),
                                ],
                                default="draft",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "logo",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.document",
                                verbose_name="logo",
                            ),
                        ),
                        (
                            "description",
                            models.TextField(
                                blank=True,
                                validators=[
                                    django.core.validators.MaxLengthValidator(2500)
                                ],
                                verbose_name="description",
                            ),
                        ),
                        (
                            "website",
                            models.URLField(blank=True, verbose_name="website"),
                        ),
                        (
                            "linkedin",
                            models.URLField(blank=True, verbose_name="LinkedIn page"),
                        ),
                        (
                            "skills",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="skills and solutions",
                            ),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="published at"
                            ),
                        ),
                        (
                            "returned_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="returned at"
                            ),
                        ),
                        (
                            "reason",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.reason",
                                verbose_name="reason",
                            ),
                        ),
                        ("note", models.TextField(blank=True, verbose_name="note")),
                        (
                            "tags",
                            models.ManyToManyField(
                                related_name="+",
                                through="enrollment.ProfileTag",
                                to="enrollment.tag",
                                verbose_name="tags",
                            ),
                        ),
                        (
                            "locations",
                            models.ManyToManyField(
                                related_name="+",
                                through="enrollment.ProfileLocation",
                                to="portal.location",
                                verbose_name="locations",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "business profile",
                        "verbose_name_plural": "business profiles",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "country"),
                                name="profile_once_a_country",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "partner"), name="profile_of_partner"
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.LessThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        "description"
                                    ),
                                    2500,
                                ),
                                name="profile_description_is_short",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("skills__len__lte", 10)),
                                name="profile_skills_are_few",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("website", ""),
                                        ("website__regex", "^https?://"),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("linkedin", ""),
                                        ("linkedin__regex", "^https?://"),
                                        _connector="OR",
                                    ),
                                ),
                                name="profile_links_are_web_links",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["draft", "published", "returned"])
                                ),
                                name="profile_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("published_at__isnull", False),
                                        ("state", "published"),
                                        models.Q(("description", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "published"), _negated=True),
                                        ("published_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="profile_published_says_something_since",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("returned_at__isnull", False),
                                        ("state", "returned"),
                                        ("reason__isnull", False),
                                    ),
                                    models.Q(
                                        models.Q(("state", "returned"), _negated=True),
                                        ("note", ""),
                                        ("reason", None),
                                        ("returned_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="profile_returned_has_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Certificate",
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
                            "consultant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="certificates",
                                to="enrollment.consultant",
                                verbose_name="consultant",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "exam",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.exam",
                                verbose_name="exam",
                            ),
                        ),
                        (
                            "passed_on",
                            portal.fields.DayColumn(verbose_name="passed on"),
                        ),
                        (
                            "valid_until",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="valid until"
                            ),
                        ),
                        (
                            "proof",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.document",
                                verbose_name="proof",
                            ),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("claimed", "Waiting for review"),
                                    ("verified", "Verified"),
                                    ("returned", "Returned"),
                                ],
                                default="claimed",
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
                        (
                            "reason",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.reason",
                                verbose_name="reason",
                            ),
                        ),
                        (
                            "return_reason",
                            models.TextField(blank=True, verbose_name="note"),
                        ),
                        (
                            "reminded",
                            models.SmallIntegerField(
                                editable=False, null=True, verbose_name="last reminder"
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
                        "verbose_name": "certificate",
                        "verbose_name_plural": "certificates",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None),
                                    ("passed_on__lte", models.F("valid_until")),
                                    _connector="OR",
                                ),
                                name="certificate_begins_before_it_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["claimed", "verified", "returned"])
                                ),
                                name="certificate_state_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state", "returned"), _negated=True
                                ),
                                fields=("consultant", "exam", "passed_on"),
                                name="certificate_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Competency",
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
                                max_length=80, unique=True, verbose_name="name"
                            ),
                        ),
                        (
                            "area",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="area"
                            ),
                        ),
                        (
                            "grace_days",
                            models.PositiveSmallIntegerField(
                                default=30,
                                verbose_name="days to renew after the anniversary",
                            ),
                        ),
                        (
                            "reminder_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.SmallIntegerField(),
                                default=enrollment.models.catalogue.competency_reminders,
                                size=None,
                                verbose_name="reminders, in days from the anniversary",
                            ),
                        ),
                        (
                            "at_risk_days",
                            models.PositiveSmallIntegerField(
                                default=60,
                                verbose_name="days before the anniversary on which it is at risk",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "competency",
                        "verbose_name_plural": "competencies",
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="CompetencyExam",
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
                            "valid_from",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="in force from"
                            ),
                        ),
                        (
                            "valid_until",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="in force until"
                            ),
                        ),
                        (
                            "competency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="exam_rules",
                                to="enrollment.competency",
                                verbose_name="competency",
                            ),
                        ),
                        (
                            "exam",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="competency_rules",
                                to="enrollment.exam",
                                verbose_name="exam",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "exam of a competency",
                        "verbose_name_plural": "exams of a competency",
                        "ordering": ["pk"],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("competency", "="),
                                    ("exam", "="),
                                    (
                                        models.Func(
                                            models.F("valid_from"),
                                            models.F("valid_until"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                                inclusive_lower=True,
                                                inclusive_upper=True,
                                            ),
                                            function="DATERANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="competency_exam_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from", None),
                                    ("valid_until", None),
                                    ("valid_from__lte", models.F("valid_until")),
                                    _connector="OR",
                                ),
                                name="competency_exam_begins_before_it_ends",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Confirmation",
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
                            "enrollment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="confirmations",
                                to="enrollment.enrollment",
                                verbose_name="enrollment",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "section",
                            models.CharField(
                                choices=[
                                    ("company", "Company and locations"),
                                    ("competencies", "Competencies"),
                                    ("consultants", "Consultants"),
                                    ("agreement", "Program agreement"),
                                    ("offerings", "Offerings"),
                                ],
                                max_length=20,
                                verbose_name="section",
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "confirmed_at",
                            models.DateTimeField(
                                default=portal.clock.now, verbose_name="confirmed at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "confirmation",
                        "verbose_name_plural": "confirmations",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("enrollment", "section"),
                                name="confirmation_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "section__in",
                                        [
                                            "company",
                                            "competencies",
                                            "consultants",
                                            "agreement",
                                            "offerings",
                                        ],
                                    )
                                ),
                                name="confirmation_section_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Consultant",
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
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consultants",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="employments",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        ("since", portal.fields.DayColumn(verbose_name="since")),
                        (
                            "until",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="until"
                            ),
                        ),
                        (
                            "ends_access",
                            models.BooleanField(
                                default=False, verbose_name="access ends too"
                            ),
                        ),
                        (
                            "confirmed_at",
                            models.DateTimeField(
                                default=portal.clock.now, verbose_name="confirmed at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "consultant",
                        "verbose_name_plural": "consultants",
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("person", "="),
                                    (
                                        models.Func(
                                            models.F("since"),
                                            models.F("until"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                                inclusive_lower=True,
                                                inclusive_upper=True,
                                            ),
                                            function="DATERANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="consultant_of_one_company_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until", None),
                                    ("since__lte", models.F("until")),
                                    _connector="OR",
                                ),
                                name="consultant_begins_before_leaving",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "partner"), name="consultant_of_partner"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DirectoryEntry",
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
                            "profile",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="entry",
                                to="enrollment.businessprofile",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        ("words", models.TextField()),
                    ],
                    options={
                        "verbose_name": "directory entry",
                        "verbose_name_plural": "directory entries",
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                fastupdate=False,
                                fields=["words"],
                                name="entry_by_words",
                                opclasses=["gin_trgm_ops"],
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EngagementType",
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
                            "offering",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="engagement_types",
                                to="enrollment.offering",
                                verbose_name="offering",
                            ),
                        ),
                        (
                            "slug",
                            models.SlugField(
                                max_length=60, unique=True, verbose_name="short name"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "lengths",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                size=None,
                                verbose_name="service levels in days",
                            ),
                        ),
                        (
                            "lengths_are_demo",
                            models.BooleanField(
                                default=False, verbose_name="demo lengths"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "engagement type",
                        "verbose_name_plural": "engagement types",
                        "ordering": ["offering__code", "name"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lengths__len__gt", 0),
                                    ("lengths__contained_by", [1, 3, 5, 10, 15]),
                                ),
                                name="engagement_type_lengths_are_service_levels",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Enquiry",
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
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "engagement_type",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.engagementtype",
                                verbose_name="engagement type",
                            ),
                        ),
                        (
                            "country",
                            models.CharField(max_length=2, verbose_name="country"),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked by",
                            ),
                        ),
                        (
                            "message",
                            models.TextField(max_length=2000, verbose_name="message"),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("received", "Waiting for an answer"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("closed", "Closed without an answer"),
                                ],
                                default="received",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        ("answer_by", models.DateField(verbose_name="answer by")),
                        (
                            "answered_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="answered by",
                            ),
                        ),
                        (
                            "reason",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.reason",
                                verbose_name="reason",
                            ),
                        ),
                        (
                            "answer",
                            models.TextField(
                                blank=True, max_length=2000, verbose_name="answer"
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
                            "closed_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="closed at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "enquiry",
                        "verbose_name_plural": "enquiries",
                        "indexes": [
                            models.Index(
                                fields=["partner", "-created_at", "-id"],
                                name="enquiry_by_partner",
                            ),
                            models.Index(
                                fields=["customer", "-created_at", "-id"],
                                name="enquiry_by_customer",
                            ),
                            models.Index(
                                condition=models.Q(("state", "received")),
                                fields=["answer_by"],
                                name="enquiry_waiting",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["received", "accepted", "declined", "closed"],
                                    )
                                ),
                                name="enquiry_state_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "received")),
                                fields=("customer", "partner"),
                                name="enquiry_one_waiting",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "declined"), _negated=True),
                                    ("reason__isnull", False),
                                    _connector="OR",
                                ),
                                name="enquiry_declined_has_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Enrollment",
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
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="enrollments",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="enrollments",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        (
                            "period",
                            models.PositiveSmallIntegerField(verbose_name="period"),
                        ),
                        (
                            "follows",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.enrollment",
                                verbose_name="the period before",
                            ),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("in_progress", "In progress"),
                                    ("submitted", "In review"),
                                    ("active", "Active"),
                                    ("renewal_due", "Renewal due"),
                                    ("lapsed", "Lapsed"),
                                    ("rejected", "Rejected"),
                                    ("suspended", "Suspended"),
                                ],
                                default="in_progress",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "starts_on",
                            models.DateField(
                                blank=True, null=True, verbose_name="starts on"
                            ),
                        ),
                        (
                            "ends_on",
                            models.DateField(
                                blank=True, null=True, verbose_name="ends on"
                            ),
                        ),
                        (
                            "good_until",
                            models.DateField(
                                blank=True, null=True, verbose_name="good until"
                            ),
                        ),
                        (
                            "submitted_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="sent at"
                            ),
                        ),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="submitted by",
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
                        (
                            "reason",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.reason",
                                verbose_name="reason",
                            ),
                        ),
                        (
                            "return_reason",
                            models.TextField(blank=True, verbose_name="note"),
                        ),
                        (
                            "reminded",
                            models.SmallIntegerField(
                                editable=False, null=True, verbose_name="last reminder"
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
                            "offerings",
                            models.ManyToManyField(
                                through="enrollment.EnrollmentLine",
                                to="enrollment.offering",
                                verbose_name="offerings",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "enrollment",
                        "verbose_name_plural": "enrollments",
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["active", "renewal_due"])
                                ),
                                fields=["state", "ends_on", "reminded"],
                                name="enrollment_running",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["active", "renewal_due"])
                                ),
                                fields=["good_until"],
                                name="enrollment_good",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "program", "period"),
                                name="enrollment_once_a_period",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ["in_progress", "submitted"])
                                ),
                                fields=("partner", "program"),
                                name="enrollment_one_open",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "partner"), name="enrollment_of_partner"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "in_progress",
                                            "submitted",
                                            "active",
                                            "renewal_due",
                                            "lapsed",
                                            "rejected",
                                            "suspended",
                                        ],
                                    )
                                ),
                                name="enrollment_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["in_progress", "submitted", "rejected"],
                                    ),
                                    models.Q(
                                        ("ends_on__isnull", False),
                                        ("ends_on__lte", models.F("good_until")),
                                        ("good_until__isnull", False),
                                        ("starts_on__isnull", False),
                                        ("starts_on__lte", models.F("ends_on")),
                                    ),
                                    _connector="OR",
                                ),
                                name="enrollment_decided_has_period",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "active",
                                            "renewal_due",
                                            "lapsed",
                                            "suspended",
                                        ],
                                    )
                                ),
                                expressions=[
                                    ("partner", "="),
                                    ("program", "="),
                                    (
                                        models.Func(
                                            models.F("starts_on"),
                                            models.F("good_until"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                                inclusive_lower=True,
                                                inclusive_upper=True,
                                            ),
                                            function="DATERANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="enrollment_one_good_period_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "rejected"), _negated=True),
                                    ("reason__isnull", False),
                                    _connector="OR",
                                ),
                                name="enrollment_rejected_has_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EnrollmentLine",
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
                            "enrollment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="enrollment.enrollment",
                                verbose_name="enrollment",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "offering",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.offering",
                                verbose_name="offering",
                            ),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("asked", "Asked for"),
                                    ("approved", "Approved"),
                                    ("refused", "Refused"),
                                ],
                                default="asked",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "reason",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.reason",
                                verbose_name="reason",
                            ),
                        ),
                        ("note", models.TextField(blank=True, verbose_name="note")),
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
                        (
                            "decided_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="decided at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "offering of an enrollment",
                        "verbose_name_plural": "offerings of an enrollment",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("enrollment", "offering"),
                                name="enrollment_line_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["asked", "approved", "refused"])
                                ),
                                name="enrollment_line_state_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Exam",
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
                            "code",
                            models.CharField(
                                max_length=20, unique=True, verbose_name="code"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, verbose_name="name")),
                        (
                            "retired_on",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="retired on"
                            ),
                        ),
                        (
                            "counts_until",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="counts until"
                            ),
                        ),
                        (
                            "reminder_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=enrollment.models.rules.certificate_reminders,
                                size=None,
                                verbose_name="reminders, in days before a certificate ends",
                            ),
                        ),
                        (
                            "is_demo",
                            models.BooleanField(default=False, verbose_name="demo"),
                        ),
                    ],
                    options={
                        "verbose_name": "exam",
                        "verbose_name_plural": "exams",
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("counts_until", None),
                                    ("retired_on", None),
                                    ("retired_on__lte", models.F("counts_until")),
                                    _connector="OR",
                                ),
                                name="exam_retires_before_it_stops_counting",
                            ),
                            models.UniqueConstraint(
                                portal.text_sql.TextKey("code"), name="exam_code_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HeldCompetency",
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
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="competencies",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "competency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.competency",
                                verbose_name="competency",
                            ),
                        ),
                        (
                            "level",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "Silver"), (2, "Gold")],
                                verbose_name="level",
                            ),
                        ),
                        (
                            "valid_from",
                            portal.fields.DayColumn(verbose_name="valid from"),
                        ),
                        (
                            "valid_until",
                            portal.fields.DayColumn(verbose_name="valid until"),
                        ),
                        (
                            "proof",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.document",
                                verbose_name="proof",
                            ),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("claimed", "Waiting for review"),
                                    ("verified", "Verified"),
                                    ("returned", "Returned"),
                                ],
                                default="claimed",
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
                        (
                            "reason",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.reason",
                                verbose_name="reason",
                            ),
                        ),
                        (
                            "return_reason",
                            models.TextField(blank=True, verbose_name="note"),
                        ),
                        (
                            "reminded",
                            models.SmallIntegerField(
                                editable=False, null=True, verbose_name="last reminder"
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
                        "verbose_name": "held competency",
                        "verbose_name_plural": "held competencies",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from__lte", models.F("valid_until"))
                                ),
                                name="held_competency_begins_before_it_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["claimed", "verified", "returned"])
                                ),
                                name="held_competency_state_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state", "returned"), _negated=True
                                ),
                                fields=("partner", "competency", "level", "valid_from"),
                                name="held_competency_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Listing",
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
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listings",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "engagement_type",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="enrollment.engagementtype",
                                verbose_name="engagement type",
                            ),
                        ),
                        (
                            "until",
                            models.DateField(
                                blank=True, null=True, verbose_name="until"
                            ),
                        ),
                        ("judged_at", models.DateTimeField(default=portal.clock.now)),
                    ],
                    options={
                        "verbose_name": "listing",
                        "verbose_name_plural": "listings",
                        "indexes": [
                            models.Index(
                                fields=["engagement_type", "until"],
                                name="listing_by_type",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "engagement_type"),
                                name="listing_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Offering",
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
                            "creation_ends_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="last day to create or assign",
                            ),
                        ),
                        (
                            "reservation_ends_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="last day to reserve",
                            ),
                        ),
                        (
                            "redemption_ends_on",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="last day to redeem"
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offerings",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                max_length=20, unique=True, verbose_name="code"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "opens_on",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="opens on"
                            ),
                        ),
                        (
                            "closes_on",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="closes on"
                            ),
                        ),
                        (
                            "payment_window_days",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="payment window"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "offering",
                        "verbose_name_plural": "offerings",
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("creation_ends_on", None),
                                        ("reservation_ends_on", None),
                                        (
                                            "creation_ends_on__lte",
                                            models.F("reservation_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reservation_ends_on", None),
                                        ("redemption_ends_on", None),
                                        (
                                            "reservation_ends_on__lte",
                                            models.F("redemption_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("creation_ends_on", None),
                                        ("redemption_ends_on", None),
                                        (
                                            "creation_ends_on__lte",
                                            models.F("redemption_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="offering_ends_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("opens_on", None),
                                    ("closes_on", None),
                                    ("opens_on__lte", models.F("closes_on")),
                                    _connector="OR",
                                ),
                                name="offering_opens_before_it_closes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pin",
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
                            "enrollment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pins",
                                to="enrollment.enrollment",
                                verbose_name="enrollment",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "section",
                            models.CharField(
                                choices=[
                                    ("company", "Company and locations"),
                                    ("competencies", "Competencies"),
                                    ("consultants", "Consultants"),
                                    ("agreement", "Program agreement"),
                                    ("offerings", "Offerings"),
                                ],
                                max_length=20,
                                verbose_name="section",
                            ),
                        ),
                        (
                            "reason",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.reason",
                                verbose_name="reason",
                            ),
                        ),
                        ("note", models.TextField(blank=True, verbose_name="note")),
                        (
                            "pinned_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("pinned_at", models.DateTimeField(default=portal.clock.now)),
                        ("settled_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "verbose_name": "pin",
                        "verbose_name_plural": "pins",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "section__in",
                                        [
                                            "company",
                                            "competencies",
                                            "consultants",
                                            "agreement",
                                            "offerings",
                                        ],
                                    )
                                ),
                                name="pin_section_is_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProfileDraft",
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
                            "profile",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="draft",
                                to="enrollment.businessprofile",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "logo",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.document",
                                verbose_name="logo",
                            ),
                        ),
                        (
                            "description",
                            models.TextField(blank=True, verbose_name="description"),
                        ),
                        (
                            "website",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="website"
                            ),
                        ),
                        ("linkedin", models.CharField(blank=True, max_length=200)),
                        (
                            "skills",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                            ),
                        ),
                        (
                            "tags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="tags",
                            ),
                        ),
                        (
                            "locations",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="locations",
                            ),
                        ),
                        ("saved_at", models.DateTimeField(default=portal.clock.now)),
                        (
                            "saved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "draft of a business profile",
                        "verbose_name_plural": "drafts of business profiles",
                    },
                ),
                migrations.CreateModel(
                    name="ProfileLocation",
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
                            "profile",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shown_locations",
                                to="enrollment.businessprofile",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.location",
                                verbose_name="location",
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(verbose_name="position"),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("profile", "location"),
                                name="profile_location_once",
                            ),
                            models.UniqueConstraint(
                                fields=("profile", "position"),
                                name="profile_location_position_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("position__gte", 1), ("position__lte", 5)
                                ),
                                name="profile_has_at_most_five_locations",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProfileTag",
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
                            "profile",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="chosen_tags",
                                to="enrollment.businessprofile",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "tag",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.tag",
                                verbose_name="tag",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("profile", "tag"), name="profile_tag_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Program",
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
                            "creation_ends_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="last day to create or assign",
                            ),
                        ),
                        (
                            "reservation_ends_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="last day to reserve",
                            ),
                        ),
                        (
                            "redemption_ends_on",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="last day to redeem"
                            ),
                        ),
                        (
                            "code",
                            models.SlugField(
                                max_length=20, unique=True, verbose_name="code"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "voucher_life_days",
                            models.PositiveSmallIntegerField(
                                default=180, verbose_name="life of a voucher"
                            ),
                        ),
                        (
                            "expiry_anchor",
                            models.CharField(
                                choices=[
                                    ("created", "The day it was created"),
                                    ("assigned", "The day it was first assigned"),
                                ],
                                default="created",
                                max_length=10,
                                verbose_name="life is counted from",
                            ),
                        ),
                        (
                            "extended_by",
                            models.CharField(
                                choices=[
                                    ("sponsor", "Only the sponsor"),
                                    ("owner", "The customer's benefit admins"),
                                    (
                                        "manager",
                                        "Benefit admins and the project manager",
                                    ),
                                ],
                                default="sponsor",
                                max_length=10,
                                verbose_name="who extends vouchers",
                            ),
                        ),
                        (
                            "extension_days",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="days of an extension"
                            ),
                        ),
                        (
                            "extensions_most",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="most extensions of a voucher"
                            ),
                        ),
                        (
                            "extended_life_days",
                            models.PositiveSmallIntegerField(
                                default=365,
                                verbose_name="longest life of an extended voucher",
                            ),
                        ),
                        (
                            "allows_fewer_days",
                            models.BooleanField(
                                default=False,
                                verbose_name="fewer days than the voucher's may be delivered",
                            ),
                        ),
                        (
                            "reissue_days",
                            models.PositiveSmallIntegerField(
                                default=0,
                                verbose_name="days in which an expired voucher can be reissued",
                            ),
                        ),
                        (
                            "benefit_terms",
                            models.TextField(
                                blank=True, verbose_name="terms of the benefit"
                            ),
                        ),
                        (
                            "payment_window_days",
                            models.PositiveSmallIntegerField(
                                default=60, verbose_name="payment window"
                            ),
                        ),
                        (
                            "payment_due_days",
                            models.PositiveSmallIntegerField(
                                default=30, verbose_name="days to pay"
                            ),
                        ),
                        (
                            "max_offsite_days",
                            models.PositiveSmallIntegerField(
                                default=3, verbose_name="most days off-site"
                            ),
                        ),
                        (
                            "enrollment_months",
                            models.PositiveSmallIntegerField(
                                default=12, verbose_name="months of an enrollment"
                            ),
                        ),
                        (
                            "renewal_window_days",
                            models.PositiveSmallIntegerField(
                                default=90, verbose_name="renewal window before the end"
                            ),
                        ),
                        (
                            "enrollment_review_days",
                            models.PositiveSmallIntegerField(
                                default=10,
                                verbose_name="days in which an enrollment is decided",
                            ),
                        ),
                        (
                            "grace_days",
                            models.PositiveSmallIntegerField(
                                default=30, verbose_name="days of grace after the end"
                            ),
                        ),
                        (
                            "enquiry_answer_days",
                            models.PositiveSmallIntegerField(
                                default=14, verbose_name="days to answer an enquiry"
                            ),
                        ),
                        (
                            "enquiry_reminder_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=enrollment.models.programs.enquiry_reminders,
                                size=None,
                                verbose_name="reminders before the last day for an answer",
                            ),
                        ),
                        (
                            "expiry_reminder_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=enrollment.models.programs.expiry_reminders,
                                size=None,
                                verbose_name="reminders before expiry",
                            ),
                        ),
                        (
                            "renewal_reminder_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=enrollment.models.programs.renewal_reminders,
                                size=None,
                                verbose_name="reminders before the end",
                            ),
                        ),
                        (
                            "grace_reminder_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=enrollment.models.programs.grace_reminders,
                                size=None,
                                verbose_name="reminders after the end",
                            ),
                        ),
                        (
                            "payment_reminder_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=enrollment.models.programs.payment_reminders,
                                size=None,
                                verbose_name="reminders before the payment window closes",
                            ),
                        ),
                        (
                            "agreement_reminder_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(),
                                default=enrollment.models.programs.agreement_reminders,
                                size=None,
                                verbose_name="reminders before an agreement must be signed",
                            ),
                        ),
                        (
                            "accrual_ends_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="last day of accrual",
                            ),
                        ),
                        (
                            "pool_wipe_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="day on which free days end",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "program",
                        "verbose_name_plural": "programs",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("creation_ends_on", None),
                                        ("reservation_ends_on", None),
                                        (
                                            "creation_ends_on__lte",
                                            models.F("reservation_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reservation_ends_on", None),
                                        ("redemption_ends_on", None),
                                        (
                                            "reservation_ends_on__lte",
                                            models.F("redemption_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("creation_ends_on", None),
                                        ("redemption_ends_on", None),
                                        (
                                            "creation_ends_on__lte",
                                            models.F("redemption_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="program_ends_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("enrollment_months__gt", 0),
                                    ("voucher_life_days__gt", 0),
                                ),
                                name="program_lengths_are_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramAgreement",
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
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreements",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        (
                            "version",
                            models.CharField(max_length=20, verbose_name="version"),
                        ),
                        (
                            "title",
                            models.CharField(max_length=120, verbose_name="title"),
                        ),
                        ("text", models.TextField(verbose_name="text")),
                        (
                            "effective_on",
                            portal.fields.DayColumn(verbose_name="in force from"),
                        ),
                        (
                            "sign_by",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="to be signed by"
                            ),
                        ),
                        (
                            "told_at",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                null=True,
                                verbose_name="partners told at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "program agreement",
                        "verbose_name_plural": "program agreements",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("program", "version"),
                                name="agreement_version_is_unique",
                            ),
                            models.UniqueConstraint(
                                fields=("program", "effective_on"),
                                name="agreement_one_per_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sign_by", None),
                                    ("effective_on__lte", models.F("sign_by")),
                                    _connector="OR",
                                ),
                                name="agreement_in_force_before_it_must_be_signed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgramRequirement",
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
                            "valid_from",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="in force from"
                            ),
                        ),
                        (
                            "valid_until",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="in force until"
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="requirements",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    (
                                        "consultant",
                                        "A consultant with an exam of the competency",
                                    ),
                                    ("training", "Compliance training"),
                                    ("domain", "A verified mail domain"),
                                ],
                                max_length=20,
                                verbose_name="requirement",
                            ),
                        ),
                        (
                            "exam",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.exam",
                                verbose_name="exam",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "requirement of a program",
                        "verbose_name_plural": "requirements of a program",
                        "ordering": ["pk"],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("program", "="),
                                    ("kind", "="),
                                    (
                                        models.Func(
                                            models.F("valid_from"),
                                            models.F("valid_until"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                                inclusive_lower=True,
                                                inclusive_upper=True,
                                            ),
                                            function="DATERANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="program_requirement_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from", None),
                                    ("valid_until", None),
                                    ("valid_from__lte", models.F("valid_until")),
                                    _connector="OR",
                                ),
                                name="program_requirement_begins_before_it_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["consultant", "training", "domain"])
                                ),
                                name="program_requirement_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("exam__isnull", False), ("kind", "training")
                                    ),
                                    models.Q(
                                        models.Q(("kind", "training"), _negated=True),
                                        ("exam__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="program_requirement_training_names_its_exam",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Qualification",
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
                            "valid_from",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="in force from"
                            ),
                        ),
                        (
                            "valid_until",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="in force until"
                            ),
                        ),
                        (
                            "engagement_type",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="qualifications",
                                to="enrollment.engagementtype",
                                verbose_name="engagement type",
                            ),
                        ),
                        (
                            "competency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="qualifications",
                                to="enrollment.competency",
                                verbose_name="competency",
                            ),
                        ),
                        (
                            "minimum_level",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "Silver"), (2, "Gold")],
                                default=1,
                                verbose_name="minimum level",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "qualification",
                        "verbose_name_plural": "qualifications",
                        "ordering": ["pk"],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("engagement_type", "="),
                                    ("competency", "="),
                                    (
                                        models.Func(
                                            models.F("valid_from"),
                                            models.F("valid_until"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                                inclusive_lower=True,
                                                inclusive_upper=True,
                                            ),
                                            function="DATERANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="qualification_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from", None),
                                    ("valid_until", None),
                                    ("valid_from__lte", models.F("valid_until")),
                                    _connector="OR",
                                ),
                                name="qualification_begins_before_it_ends",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Signature",
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
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="enrollment.programagreement",
                                verbose_name="agreement",
                            ),
                        ),
                        (
                            "signer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="signer",
                            ),
                        ),
                        (
                            "signer_name",
                            models.CharField(max_length=120, verbose_name="name"),
                        ),
                        (
                            "signer_title",
                            models.CharField(
                                max_length=120, verbose_name="position in the company"
                            ),
                        ),
                        (
                            "address",
                            models.GenericIPAddressField(
                                null=True, verbose_name="address"
                            ),
                        ),
                        (
                            "text_hash",
                            models.CharField(
                                max_length=64, verbose_name="hash of the text"
                            ),
                        ),
                        ("signed_at", models.DateTimeField(verbose_name="signed at")),
                        (
                            "signer_roles",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20),
                                default=list,
                                size=None,
                                verbose_name="roles",
                            ),
                        ),
                        (
                            "copy",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.document",
                                verbose_name="signed copy",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "signature",
                        "verbose_name_plural": "signatures",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "agreement"), name="signature_once"
                            ),
                            models.UniqueConstraint(
                                fields=("id", "partner"), name="signature_of_partner"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tag",
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
                                choices=[
                                    ("industry", "Industry"),
                                    ("product", "Product"),
                                    ("service", "Type of service"),
                                    ("language", "Language"),
                                    ("size", "Size of customers"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "slug",
                            models.SlugField(max_length=60, verbose_name="short name"),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="position"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tag",
                        "verbose_name_plural": "tags",
                        "ordering": ["kind", "position", "name"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "slug"), name="tag_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "industry",
                                            "product",
                                            "service",
                                            "language",
                                            "size",
                                        ],
                                    )
                                ),
                                name="tag_kind_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="businessprofile",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{draft:published,published:draft,published:returned,returned:published}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="2c1ef990c626a1a5d182f4e4afe35efc086fc4f5",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_05c65",
                            table="enrollment_businessprofile",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="certificate",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{claimed:returned,claimed:verified}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="10584efb0d0acc78e8e5f2851289f783392c31ab",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_b1c97",
                            table="enrollment_certificate",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="enquiry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{received:accepted,received:declined,received:closed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="50b9af0e45d3ff998221e050a990c793f3e82048",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_89183",
                            table="enrollment_enquiry",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="enrollment",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{active:lapsed,active:renewal_due,active:suspended,in_progress:submitted,renewal_due:lapsed,renewal_due:suspended,submitted:active,submitted:in_progress,submitted:rejected,suspended:active}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="87c4045cd44c9f99840dae1c2a388ad51d5e4a8a",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_82106",
                            table="enrollment_enrollment",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="enrollmentline",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{asked:approved,asked:refused,refused:asked}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="9cd2461819870b85c77a10537e4b439410c694f6",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_d3917",
                            table="enrollment_enrollmentline",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="enrollmentline",
                    trigger=pgtrigger.compiler.Trigger(
                        name="approved_in_a_period",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.\"state\" = 'approved')",
                            func="\n    IF EXISTS (\n        SELECT FROM enrollment_enrollment\n        WHERE id = NEW.enrollment_id\n            AND state IN ('in_progress', 'submitted', 'rejected')\n    ) THEN\n        RAISE EXCEPTION 'enrollment_line_approved_in_a_period'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                            hash="20754f29bd913b328e7e7a23c48b4e945fce5cda",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_approved_in_a_period_57e36",
                            table="enrollment_enrollmentline",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="heldcompetency",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{claimed:returned,claimed:verified}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="c0ce50f6269ab331454d14feb98c0a58a3d22854",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_5b40b",
                            table="enrollment_heldcompetency",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="programagreement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="stays_as_signed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."effective_on" IS DISTINCT FROM (NEW."effective_on") OR OLD."program_id" IS DISTINCT FROM (NEW."program_id") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                            func="IF EXISTS (SELECT FROM enrollment_signature WHERE agreement_id = OLD.id) THEN RAISE EXCEPTION 'pgtrigger: A signed version stays as it is'; END IF; RETURN NEW;",
                            hash="3da217cf28baab8e464546a800e0ab772710f5d8",
                            operation="UPDATE",
                            pgid="pgtrigger_stays_as_signed_b1244",
                            table="enrollment_programagreement",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signature",
                    trigger=pgtrigger.compiler.Trigger(
                        name="is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="7fd88b9406af531546550f15903a57f93bec781a",
                            operation="DELETE",
                            pgid="pgtrigger_is_kept_ea477",
                            table="enrollment_signature",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signature",
                    trigger=pgtrigger.compiler.Trigger(
                        name="stays_as_given",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."agreement_id" IS DISTINCT FROM (NEW."agreement_id") OR OLD."signer_id" IS DISTINCT FROM (NEW."signer_id") OR OLD."signer_name" IS DISTINCT FROM (NEW."signer_name") OR OLD."signer_title" IS DISTINCT FROM (NEW."signer_title") OR OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."text_hash" IS DISTINCT FROM (NEW."text_hash") OR OLD."signed_at" IS DISTINCT FROM (NEW."signed_at") OR OLD."signer_roles" IS DISTINCT FROM (NEW."signer_roles"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="b9b6bf6c8df3e885241bcbf9472db5a6e1f87bfa",
                            operation="UPDATE",
                            pgid="pgtrigger_stays_as_given_b0462",
                            table="enrollment_signature",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signature",
                    trigger=pgtrigger.compiler.Trigger(
                        name="copied_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."copy_id" IS NOT NULL AND OLD."copy_id" IS DISTINCT FROM (NEW."copy_id"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="f83401c58ac3815712ee3326509df6c4875f1c2a",
                            operation="UPDATE",
                            pgid="pgtrigger_copied_once_7594f",
                            table="enrollment_signature",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        *_walls.AFTER,
    ]
