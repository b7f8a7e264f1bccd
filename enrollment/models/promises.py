"""Promises of the database, told in sentences beside the field that breaks them."""

from collections.abc import Collection
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from portal.findings import Text

# The field beside which the sentence stands, and the sentence.
Refusal = tuple[str, Text]


class Explained(models.Model):
    """A row whose constraints have sentences: ``refusals`` by the constraint's name."""

    refusals: ClassVar[dict[str, Refusal]] = {}

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Hold the row against its constraints, in words.

        Rows that exclude each other are left to whoever edits them together: in the
        database one may still stand that is about to make room.
        """
        errors: dict[str, list[Text | ValidationError]] = {}
        for constraint in self._meta.constraints:
            if isinstance(constraint, ExclusionConstraint):
                continue
            try:
                constraint.validate(type(self), self, exclude=set(exclude or ()))
            except ValidationError as refusal:
                field, sentence = self._refusal(constraint.name, refusal)
                place = NON_FIELD_ERRORS if field in (exclude or ()) else field
                errors.setdefault(place, []).append(sentence)
        if errors:
            raise ValidationError(errors)

    def _refusal(
        self, name: str, refusal: ValidationError
    ) -> tuple[str, Text | ValidationError]:
        return self.refusals.get(name, (NON_FIELD_ERRORS, refusal))
