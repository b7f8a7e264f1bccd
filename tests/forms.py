"""The forms of a page, as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from portal.shown import FIELD

# What stands on every page and changes no record.
OF_THE_FRAME = ("/language/", "/accounts/logout/", "/admin/logout/")


@dataclass
class SentForm:
    """A form with what its fields hold."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    @property
    def shown(self):
        return self.fields.get(FIELD, [""])[0]


class Reader(HTMLParser):
    """Collects the forms of a page that are sent by POST."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self.form = None
        self.area = self.select = None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.begin(found)
        elif self.form is not None and "disabled" not in found:
            take = getattr(self, f"take_{tag}", None)
            if take:
                take(found)

    def begin(self, found):
        is_post = found.get("method", "").lower() == "post"
        self.form = SentForm(found.get("action") or "") if is_post else None
        if self.form and not self.form.action.startswith(OF_THE_FRAME):
            self.forms.append(self.form)

    def take_select(self, found):
        self.select = found["name"]

    def take_option(self, found):
        if self.select and "selected" in found:
            self.put(self.select, found.get("value", ""))

    def take_textarea(self, found):
        self.area = found["name"]
        self.form.fields[self.area] = [""]

    def take_input(self, found):
        if "name" not in found:
            return
        kind = found.get("type", "text")
        if kind in ("submit", "file", "button"):
            return
        if kind in ("checkbox", "radio") and "checked" not in found:
            return
        self.put(found["name"], found.get("value") or "")

    def put(self, name, value):
        self.form.fields.setdefault(name, []).append(value)

    def handle_data(self, data):
        if self.form is not None and self.area:
            self.form.fields[self.area][0] += data.removeprefix("\n")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None


def forms_of(response):
    reader = Reader()
    reader.feed(response.text)
    return reader.forms


def form_of(response):
    """Return the form with the most fields: the one that the page is about."""
    return max(forms_of(response), key=lambda form: len(form.fields))
