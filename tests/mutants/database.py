"""Mistakes in the database: what its catalogue holds, left out or loosened."""

import re

from tests.mutants.mistakes import Mistake
from tests.mutants.operators import SWAPPED

SIGN = re.compile(r"(?<= )(<=|>=|<|>)(?= )")
# All of them of tables that one of our apps has: the first word of its name.
CHECKS = """
    SELECT t.relname, c.conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    WHERE (c.contype IN ('c', 'x') OR c.contype = 'f' AND cardinality(c.conkey) > 1)
        AND split_part(t.relname, '_', 1) = ANY (%(apps)s)
        -- Those of number fields are Django's own.
        AND c.conname !~ '_check$'
"""
# A key with the row's own id is there to be pointed to.
UNIQUE = """
    SELECT t.relname, i.relname, pg_get_indexdef(i.oid), c.conname IS NOT NULL
    FROM pg_index x
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_class i ON i.oid = x.indexrelid
    LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.contype = 'u'
    WHERE x.indisunique AND NOT x.indisprimary
        AND split_part(t.relname, '_', 1) = ANY (%(apps)s)
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid
            AND a.attname = 'id' AND a.attnum = ANY (x.indkey))
"""
POLICIES = """
    SELECT t.relname, p.polname, p.polcmd,
        pg_get_expr(p.polqual, t.oid), pg_get_expr(p.polwithcheck, t.oid)
    FROM pg_policy p JOIN pg_class t ON t.oid = p.polrelid
    WHERE split_part(t.relname, '_', 1) = ANY (%(apps)s)
"""
TRIGGERS = """
    SELECT t.relname, g.tgname, pg_get_triggerdef(g.oid), pg_get_functiondef(g.tgfoid)
    FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND split_part(t.relname, '_', 1) = ANY (%(apps)s)
"""
RIGHTS = """
    SELECT t.relname, role, action
    FROM pg_class t, unnest(ARRAY['portal_app', 'portal_sponsor']) role,
        unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) action
    WHERE t.relkind = 'r' AND split_part(t.relname, '_', 1) = ANY (%(apps)s)
        AND NOT has_table_privilege(role, t.oid, action)
"""


def loosened(server, apps):
    """Yield (operator, table, name, before, statement) for each guard of the server."""
    for find in (checks, unique, policies, triggers, rights):
        yield from find(server, {"apps": list(apps)})


def swapped(text):
    """Yield the text with each of its boundaries moved, one at a time."""
    for sign in SIGN.finditer(text):
        yield text[: sign.start()] + SWAPPED[sign[0]] + text[sign.end() :]


def checks(server, parameters):
    for table, name, condition in server.execute(CHECKS, parameters):
        drop = f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'
        yield "constraint", table, name, condition, drop
        for moved in swapped(condition):
            add = f'{drop}, ADD CONSTRAINT "{name}" {moved}'
            yield "constraint", table, name, condition, add


def unique(server, parameters):
    for table, name, index, is_constraint in server.execute(UNIQUE, parameters):
        drop = f'DROP INDEX "{name}"'
        if is_constraint:
            drop = f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE'
        yield "missing key", table, name, index, drop


def policies(server, parameters):
    for table, name, action, using, check in server.execute(POLICIES, parameters):
        alter = f"ALTER POLICY {name} ON {table}"
        if using not in (None, "true"):
            yield "policy", table, name, f"USING ({using})", f"{alter} USING (true)"
        if check not in (None, "true"):
            before = f"WITH CHECK ({check})"
            yield "policy", table, name, before, f"{alter} WITH CHECK (true)"
        elif check is None and using != "true" and action in {b"*", b"w", "*", "w"}:
            before = f"USING ({using}), and for what is written"
            yield "policy", table, name, before, f"{alter} WITH CHECK (true)"


def triggers(server, parameters):
    bodies = {}
    for table, name, trigger, body in server.execute(TRIGGERS, parameters):
        drop = f"DROP TRIGGER {name} ON {table}"
        yield "trigger", table, name, trigger, drop
        for moved in swapped(trigger):
            yield "trigger", table, name, trigger, f"{drop}; {moved}"
        bodies.setdefault(body, (table, name))
    for body, (table, name) in bodies.items():
        for moved in swapped(body):
            yield "trigger", table, name, body, moved


def rights(server, parameters):
    for table, role, action in server.execute(RIGHTS, parameters):
        grant = f"GRANT {action} ON {table} TO {role}"
        yield "policy", table, f"{table}_{role}", f"no {action} for {role}", grant


def mistakes(server, root, models):
    """List each of them with the line of ours that its guard comes from.

    ``models`` are our model classes by their tables.
    """
    texts = {
        path: path.read_text()
        for app in {model._meta.app_label for model in models.values()}
        for path in sorted((root / app).rglob("*.py"))
        if "0001_" not in path.name
    }
    apps = {table.partition("_")[0] for table in models}
    found = []
    for operator, table, name, before, after in loosened(server, apps):
        if table not in models:
            continue
        model = models[table].__name__
        # pgtrigger writes a trigger's own name between its prefix and a hash.
        stem = re.sub(r"^pgtrigger_|_[0-9a-f]{5}$", "", name)
        # Policies and rights have the same names in each table.
        own = [f'"{name}"', f'"{stem}"', f"class {model}("]
        path, line = place_of(texts, [f'("{model}"'] if operator == "policy" else own)
        where = (
            str(path.relative_to(root)) if path else f"{table.partition('_')[0]}/models"
        )
        words = (name, stem, model)
        found.append(
            Mistake(
                operator, where, line, table, before, after, is_sql=True, words=words
            )
        )
    return found


def place_of(texts, words):
    """Find the line of the first of the words that stands anywhere."""
    for word in words:
        for path, text in texts.items():
            position = text.find(word)
            if position >= 0:
                return path, text.count("\n", 0, position) + 1
    return None, 0
