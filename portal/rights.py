"""Migration operations for what each role may do, beside the policies of rows.

The portal's own login reads every table and writes what ``MembersMay`` names; what only
the sponsor decides, ``SponsorDecides`` keeps from it.
"""

from collections.abc import Sequence
from typing import Any

from django.db.migrations import RunSQL

from portal.policies import SqlOperation


def of_listed(party: str) -> str:
    """Return the condition in SQL that a column names a partner of the directory.

    PostgreSQL may look each up by its key, or gather them all once: what is cheaper.
    From a list (``IN``) it would gather them for every statement, be it about one.
    """
    return (
        "EXISTS (SELECT FROM portal_organization AS listed"
        f" WHERE listed.id = {party} AND listed.is_listed)"
    )


class OpenToDirectory(SqlOperation):
    """Let the directory's role read a table, or some columns of it, and never write.

    ``where`` is the condition in SQL for the rows of a tenant table.
    """

    def __init__(self, model: str, where: str = "", *, columns: str = "") -> None:
        super().__init__(model)
        self.where = where
        self.columns = columns

    def forwards(self, model: Any, apps: Any) -> list[str]:
        table = model._meta.db_table
        answer = f"SELECT ({self.columns})" if self.columns else "SELECT"
        statements = [f"GRANT {answer} ON {table} TO portal_directory"]
        if self.where:
            statements.append(
                f"CREATE POLICY directory ON {table} FOR SELECT TO portal_directory"
                f" USING ({self.where})"
            )
        return statements

    def backwards(self, model: Any, apps: Any) -> list[str]:
        table = model._meta.db_table
        return [
            f"DROP POLICY IF EXISTS directory ON {table}",
            f"REVOKE ALL ON {table} FROM portal_directory",
        ]

    def describe(self) -> str:
        return f"Open {self.model} to the directory's readers"


class AskAcross(RunSQL):
    """Create a SECURITY DEFINER function that answers with ids, or yes or no.

    The function reads with its owner's rights, and changes nothing.
    """

    def __init__(self, signature: str, returns: str, sql: str) -> None:
        name, _bracket, arguments = signature.rstrip(")").partition("(")
        types = [argument.split()[-1] for argument in arguments.split(", ") if argument]
        function = f"{name}({', '.join(types)})"
        manner = "STABLE SECURITY DEFINER SET search_path = public, pg_temp"
        head = f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE sql {manner}"
        super().__init__(
            [
                # Tables of libraries may come after ours.
                "SET LOCAL check_function_bodies = off",
                f"{head} AS $${sql}$$",
                f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION {function} TO portal_app, portal_sponsor",
            ],
            [f"DROP FUNCTION {function}"],
        )


class MembersMay(SqlOperation):
    """Name what the portal's own login may do with a table beside reading it."""

    def __init__(self, model: str, *rights: str) -> None:
        super().__init__(model)
        self.rights = rights

    def forwards(self, model: Any, apps: Any) -> list[str]:
        rights = ", ".join(self.rights)
        return [f"GRANT {rights} ON {model._meta.db_table} TO portal_app"]

    def backwards(self, model: Any, apps: Any) -> list[str]:
        rights = ", ".join(self.rights)
        return [f"REVOKE {rights} ON {model._meta.db_table} FROM portal_app"]

    def describe(self) -> str:
        return f"Let members change {self.model}"


class SponsorDecides(SqlOperation):
    """Let only the sponsor's role write certain fields, and certain values of a state.

    A row is not inserted with such a state either, unless ``inserts`` lets it.
    """

    def __init__(
        self,
        model: str,
        *fields: str,
        states: Sequence[str] = (),
        inserts: bool = False,
    ) -> None:
        super().__init__(model)
        self.fields = fields
        self.states = states
        self.inserts = inserts

    def forwards(self, model: Any, apps: Any) -> list[str]:
        table, states = model._meta.db_table, ", ".join(f"'{s}'" for s in self.states)
        columns = [model._meta.get_field(name).column for name in self.fields]
        changed = [f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns]
        if states:
            decided = f"NEW.state IN ({states})"
            changed.append(f"OLD.state IS DISTINCT FROM NEW.state AND {decided}")
        statements = [trigger("UPDATE", table, " OR ".join(changed))]
        if states and not self.inserts:
            statements.append(trigger("INSERT", table, decided))
        return statements

    def backwards(self, model: Any, apps: Any) -> list[str]:
        table = model._meta.db_table
        return [
            f"DROP TRIGGER IF EXISTS sponsor_decides_{event} ON {table}"
            for event in ("update", "insert")
        ]

    def describe(self) -> str:
        return f"Keep decisions about {self.model} to the sponsor"


REFUSE_DECISION = """
CREATE FUNCTION portal_refuse_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The sponsor alone decides this'
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


def trigger(event: str, table: str, condition: str) -> str:
    """Write the trigger that refuses what only the sponsor's role may write."""
    return (
        f"CREATE TRIGGER sponsor_decides_{event.lower()} BEFORE {event} ON {table}"
        f" FOR EACH ROW WHEN (current_user = 'portal_app' AND ({condition}))"
        " EXECUTE FUNCTION portal_refuse_decision()"
    )
