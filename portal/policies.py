"""Migration operations for row-level security that read like the model.

``EnableTenancy("Voucher", "customer", "partner")`` lets an organization reach the rows
in which it is the customer or the partner, and the sponsor's role all of them.
"""

from abc import ABC, abstractmethod
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# A sub-select is evaluated once per statement, a bare current_setting once per row.
# Cast outside again, it is one list of which an index looks up each number.
ORGANIZATIONS = (
    "(SELECT NULLIF(current_setting('portal.organizations', true), '')"
    "::bigint[])::bigint[]"
)
PERSON = "(SELECT NULLIF(current_setting('portal.person', true), '')::bigint)"


class SqlOperation(Operation, ABC):
    """An operation on one model's table that changes no model state."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str) -> None:
        self.model = model

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the models as they are."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._run(self.forwards, schema_editor, to_state.apps, app_label)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._run(self.backwards, schema_editor, from_state.apps, app_label)

    def _run(self, make: Any, editor: Any, apps: Any, app_label: str) -> None:
        for sql in make(apps.get_model(app_label, self.model), apps):
            editor.execute(sql, params=None)

    @abstractmethod
    def forwards(self, model: Any, apps: Any) -> list[str]:
        """Return the statements that apply the operation."""

    @abstractmethod
    def backwards(self, model: Any, apps: Any) -> list[str]:
        """Return the statements that take it back."""


class EnableTenancy(SqlOperation):
    """Let organizations reach their own rows of a table, and the sponsor every row.

    What may be read may be written: without a check of its own, a policy's condition
    holds for the rows that are written too.

    ``fields`` name the parties: foreign keys, or arrays of organization ids.
    ``reads`` adds a condition in SQL under which a row may also be read.
    """

    def __init__(
        self, model: str, *fields: str, reads: str = "", append_only: bool = False
    ) -> None:
        super().__init__(model)
        self.fields = fields
        self.reads = reads
        self.append_only = append_only

    def forwards(self, model: Any, apps: Any) -> list[str]:
        table = model._meta.db_table
        condition = " OR ".join(self._is_mine(model, field) for field in self.fields)
        statements = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY party ON {table} TO portal_app USING ({condition})",
            f"CREATE POLICY sponsor ON {table} TO portal_sponsor USING (true)",
        ]
        if self.reads:
            reader = f"CREATE POLICY reader ON {table} FOR SELECT TO portal_app"
            statements.append(f"{reader} USING ({self.reads})")
        if self.append_only:
            statements.append(f"REVOKE UPDATE, DELETE ON {table} FROM portal_sponsor")
        return statements

    def backwards(self, model: Any, apps: Any) -> list[str]:
        table = model._meta.db_table
        return [
            f"GRANT UPDATE, DELETE ON {table} TO portal_app, portal_sponsor",
            *(
                f"DROP POLICY IF EXISTS {name} ON {table}"
                for name in ("party", "sponsor", "reader")
            ),
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ]

    def _is_mine(self, model: Any, name: str) -> str:
        field = model._meta.get_field(name)
        column = field.column
        if field.get_internal_type() == "ArrayField":
            return f"{column} && ({ORGANIZATIONS})"
        return f"{column} = ANY (({ORGANIZATIONS}))"

    def describe(self) -> str:
        return f"Enable tenancy on {self.model}"


class KeepToPerson(EnableTenancy):
    """Let a person reach the own rows of a table, and the sponsor every row."""

    def _is_mine(self, model: Any, name: str) -> str:
        return f"{model._meta.get_field(name).column} = {PERSON}"

    def describe(self) -> str:
        return f"Keep {self.model} to the person"


class KeepToPersonThere(EnableTenancy):
    """Let a person reach the own rows of a table in one organization, where it acts."""

    def _is_mine(self, model: Any, name: str) -> str:
        there = super()._is_mine(model, name)
        return f"person_id = {PERSON} AND {there}"

    def describe(self) -> str:
        return f"Keep {self.model} to the person in an organization"


class DropBox(EnableTenancy):
    """Let organizations insert rows into a table that only the sponsor can read."""

    def forwards(self, model: Any, apps: Any) -> list[str]:
        table = model._meta.db_table
        insert = f"CREATE POLICY party ON {table} FOR INSERT TO portal_app"
        return [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"{insert} WITH CHECK (true)",
            f"CREATE POLICY sponsor ON {table} TO portal_sponsor USING (true)",
        ]

    def describe(self) -> str:
        return f"Make {self.model} a drop box"


class Seal(SqlOperation):
    """Let everybody insert rows into a table that only the mailer reads and empties."""

    def forwards(self, model: Any, apps: Any) -> list[str]:
        table = model._meta.db_table
        return [
            f"REVOKE ALL ON {table} FROM portal_app, portal_sponsor",
            f"GRANT INSERT ON {table} TO portal_app, portal_sponsor",
            f"GRANT SELECT, DELETE ON {table} TO portal_mailer",
            "GRANT USAGE ON SCHEMA public TO portal_mailer",
        ]

    def backwards(self, model: Any, apps: Any) -> list[str]:
        table = model._meta.db_table
        return [
            f"REVOKE ALL ON {table} FROM portal_mailer",
            f"GRANT ALL ON {table} TO portal_app, portal_sponsor",
        ]

    def describe(self) -> str:
        return f"Seal {self.model}"


class TieTogether(SqlOperation):
    """Keep columns of a row equal to those of the row it points to.

    ``TieTogether("Reservation", ["voucher", "customer"], "vouchers.Voucher",
    ["id", "customer"])``: a reservation's customer is its voucher's. The columns
    pointed to need a unique constraint.
    """

    def __init__(
        self, model: str, fields: list[str], target: str, target_fields: list[str]
    ) -> None:
        super().__init__(model)
        self.fields = fields
        self.target = target
        self.target_fields = target_fields

    def forwards(self, model: Any, apps: Any) -> list[str]:
        target = apps.get_model(self.target)
        columns = ", ".join(model._meta.get_field(f).column for f in self.fields)
        target_columns = ", ".join(
            target._meta.get_field(f).column for f in self.target_fields
        )
        constraint = (
            f"FOREIGN KEY ({columns})"
            f" REFERENCES {target._meta.db_table} ({target_columns})"
        )
        add = f"ALTER TABLE {model._meta.db_table} ADD CONSTRAINT {self._name(model)}"
        return [f"{add} {constraint} DEFERRABLE INITIALLY DEFERRED"]

    def backwards(self, model: Any, apps: Any) -> list[str]:
        return [
            f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {self._name(model)}"
        ]

    def _name(self, model: Any) -> str:
        return f"{model._meta.model_name}_{'_'.join(self.fields)}_tied"

    def describe(self) -> str:
        return f"Tie {', '.join(self.fields)} of {self.model} to {self.target}"
