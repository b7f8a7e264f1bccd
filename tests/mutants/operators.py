"""Mistakes in Python: what each operator would change in a source file."""

import ast
import re
from collections import Counter
from dataclasses import replace

from tests.mutants.mistakes import Mistake

# Where rules live, whichever file of theirs: a folder or a file of this name.
LAYERS = {"services", "rules", "eligibility", "models", "states", "policies"}
SWAPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
LOOKUPS = {"lt": "lte", "lte": "lt", "gt": "gte", "gte": "gt"}
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
CHECK = re.compile(r"_*(ensure|refuse|must|require)(_|$)")
FINDING = re.compile(r"_*(check|can|is)_")
REFUSALS = {"Refused", "RecordChanged", "PermissionDenied"}
TELLING = re.compile(
    r"_*(tell|queue|notify|remind|introduce|people_with|people_of|staff_with|record|Letter)"
)
# Of a call that tells somebody: who, and where the mail leads to.
READERS = {"to", "people", "parties", "path"}
PARTIES = {
    "customer": "partner",
    "partner": "customer",
    "customer_id": "partner_id",
    "partner_id": "customer_id",
    "project_manager": "admin",
    "admin": "project_manager",
}
GROUPS = {"Role", "Duty"}
LOCKS = {"lock_row", "lock_rows"}
UNLOCKED = '__import__("tests.mutants.unlocked", fromlist=["unlocked"]).unlocked'
NEVER_AGAIN = '"once"'
EACH_TIME = 'str(__import__("uuid").uuid4())'
# What they give is for people's eyes.
UNTRIED = {"__str__", "__repr__"}


def sources(root, apps):
    """List the files that hold rules, by the folder or the name they have."""
    return [
        path
        for app in apps
        for path in sorted((root / app).rglob("*.py"))
        if LAYERS & {*path.relative_to(root).with_suffix("").parts}
        and not {"migrations", "launch"} & {*path.parts}
    ]


def mistakes_in(source, path):
    """List every mistake that the operators can make in a file's bytes."""
    finder = Finder(source, path)
    finder.visit(ast.parse(source))
    seen = Counter()
    numbered = []
    for found in dict.fromkeys(sorted(finder.found, key=lambda each: each.start)):
        alike = (found.operator, found.scope, found.before, found.after)
        numbered.append(replace(found, nth=seen[alike]))
        seen[alike] += 1
    return numbered


def name_of(node):
    """Return the last name of what is called: ``ensure`` of ``rules.ensure(…)``."""
    called = node.func if isinstance(node, ast.Call) else node
    return getattr(called, "attr", "") or getattr(called, "id", "")


class Finder(ast.NodeVisitor):
    """Walks one file; only functions and the guards of moves are changed."""

    def __init__(self, source, path):
        self.source = source
        self.path = path
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.scope = []
        self.functions = []
        self.found = []

    def offset(self, line, column):
        return self.starts[line - 1] + column

    def start(self, node):
        return self.offset(node.lineno, node.col_offset)

    def end(self, node):
        return self.offset(node.end_lineno, node.end_col_offset)

    def text(self, node):
        return self.source[self.start(node) : self.end(node)].decode()

    def add(self, operator, start, end, after):
        if not self.functions:
            return
        self.found.append(
            Mistake(
                operator,
                self.path,
                self.source.count(b"\n", 0, start) + 1,
                ".".join(self.scope),
                self.source[start:end].decode(),
                after,
                start=start,
                end=end,
                words=tuple(self.scope),
            )
        )

    def change(self, operator, node, after):
        self.add(operator, self.start(node), self.end(node), after)

    # Scopes

    def visit_ClassDef(self, node):
        self.scope.append(node.name)
        self.generic_visit(node)
        self.scope.pop()

    def visit_FunctionDef(self, node):
        if node.name in UNTRIED:
            return
        self.scope.append(node.name)
        self.functions.append(node)
        for decorator in node.decorator_list:
            self.drop_guards(decorator)
        for statement in node.body:
            self.visit(statement)
        self.functions.pop()
        self.scope.pop()

    def drop_guards(self, decorator):
        for keyword in getattr(decorator, "keywords", []):
            if keyword.arg == "conditions" and isinstance(keyword.value, ast.List):
                self.drop_elements("dropped check", keyword.value.elts)

    def drop_elements(self, operator, elements):
        """Take one element at a time out of a list, with its comma."""
        for element, after in zip(elements, [*elements[1:], None], strict=True):
            end = self.end(element) if after is None else self.start(after)
            self.add(operator, self.start(element), end, "")

    # Boundaries

    def visit_Compare(self, node):
        operands = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
            if isinstance(op, ORDER):
                between = self.source[self.end(left) : self.start(right)]
                sign = re.search(rb"[<>]=?", between)
                start = self.end(left) + sign.start()
                after = SWAPPED[sign[0].decode()]
                self.add("boundary", start, start + len(sign[0]), after)
        self.generic_visit(node)

    def visit_keyword(self, node):
        stem, _, lookup = (node.arg or "").rpartition("__")
        if stem and lookup in LOOKUPS:
            start = self.start(node)
            end = start + len(node.arg.encode())
            self.add("boundary", start, end, f"{stem}__{LOOKUPS[lookup]}")
        if node.arg == "holds":
            self.negate(node.value)
        self.generic_visit(node)

    # Conditions

    def negate(self, test):
        if isinstance(test, ast.Constant):
            return
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self.change("negated condition", test, f"({self.text(test.operand)})")
        else:
            self.change("negated condition", test, f"(not ({self.text(test)}))")

    def visit_If(self, node):
        self.negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node):
        self.negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node):
        for test in node.ifs:
            self.negate(test)
        self.generic_visit(node)

    def visit_Return(self, node):
        returns = self.functions and getattr(self.functions[-1].returns, "id", "")
        if node.value and returns == "bool":
            self.negate(node.value)
        self.generic_visit(node)

    # Checks

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Call) and CHECK.match(name_of(node.value)):
            self.change("dropped check", node, "pass")
        self.generic_visit(node)

    def visit_Raise(self, node):
        if node.exc is not None and name_of(node.exc) in REFUSALS:
            self.change("dropped check", node, "pass")
        self.generic_visit(node)

    def visit_List(self, node):
        calls = [getattr(each, "value", each) for each in node.elts]
        if len(calls) > 1 and any(
            isinstance(call, ast.Call) and FINDING.match(name_of(call))
            for call in calls
        ):
            self.drop_elements("dropped check", node.elts)
        self.generic_visit(node)

    # Recipients, keys and locks

    def visit_Call(self, node):
        name = name_of(node)
        if TELLING.match(name):
            self.tell_others(node)
            self.take_key(node)
        if name in LOCKS:
            self.change(
                "skipped lock", node.func, f"{UNLOCKED}({self.text(node.func)})"
            )
        if name == "select_for_update" and isinstance(node.func, ast.Attribute):
            self.add(
                "skipped lock", self.end(node.func.value), self.end(node), ".all()"
            )
        self.generic_visit(node)

    def tell_others(self, call):
        named = [each.value for each in call.keywords if each.arg in READERS]
        for argument in [*call.args, *named]:
            for node in ast.walk(argument):
                if isinstance(node, ast.Attribute):
                    self.swap_reader(node)

    def swap_reader(self, node):
        group = getattr(node.value, "id", "")
        if node.attr in PARTIES:
            start = self.end(node) - len(node.attr)
            self.add("wrong recipient", start, self.end(node), PARTIES[node.attr])
        elif group in GROUPS and node.attr.isupper():
            member = f"{group}.{node.attr}"
            others = f"next(other for other in {group} if other != {member})"
            self.change("wrong recipient", node, others)

    def take_key(self, call):
        for keyword in call.keywords:
            if keyword.arg == "key" and not isinstance(keyword.value, ast.Lambda):
                self.change("missing key", keyword.value, NEVER_AGAIN)
                self.change("missing key", keyword.value, EACH_TIME)
