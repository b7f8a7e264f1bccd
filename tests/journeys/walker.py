"""A person at a browser: signs in, fills forms by their labels, presses buttons."""

import re
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from portal.models import Email
from portal.tenancy import acting_for_all
from tests.mails import last_mail


class Walker:
    """One person with an own browser window."""

    def __init__(self, browser, origin, email, password="Wandering-Albatross-7"):
        self.context = browser.new_context(base_url=origin, locale="en-GB")
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.email = email
        self.password = password
        self.secret = ""
        self.counter = 0
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message):
        # The style that axe tries to set has no address, unlike one of a page.
        is_of_axe = "inline style" in message.text and not message.location["url"]
        is_known = is_of_axe or "status of 4" in message.text
        if message.type == "error" and not is_known:
            self.complaints.append(message.text)

    def go(self, path):
        self.page.goto(path)
        return self

    def fill(self, **values):
        """Fill fields by name: ``fill(company_name="…")``."""
        for name, value in values.items():
            self.page.locator(f"[name={name}]").fill(str(value))
        return self

    def choose(self, name, label):
        """Choose the first option whose words begin with the label."""
        options = self.page.locator(f"select[name={name}] option")
        words = re.compile(rf"^\s*{re.escape(label)}")
        value = options.filter(has_text=words).first.get_attribute("value")
        self.page.locator(f"select[name={name}]").select_option(value)
        return self

    def tick(self, label):
        self.page.get_by_label(label, exact=False).first.check()
        return self

    def upload(self, name, file_name, content):
        self.page.locator(f"input[name={name}]").set_input_files(
            {"name": file_name, "mimeType": "application/pdf", "buffer": content}
        )
        return self

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()
        return self

    def follow(self, name, *, exact=True):
        self.page.get_by_role("link", name=name, exact=exact).first.click()
        return self

    def open_row(self):
        """Open the first record of a list in the admin."""
        self.page.locator("#result_list tbody th a").first.click()
        return self

    def sees(self, *texts):
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)
        return self

    def sign_up(self, name):
        """Make an account; the code comes by mail, as the outbox shows."""
        self.go("/accounts/signup/")
        self.fill(name=name, email=self.email)
        self.fill(password1=self.password, password2=self.password)
        self.page.locator("main button[type=submit]").first.click()
        self.page.locator("[name=code]").wait_for()
        self.page.locator("[name=code]").fill(mailed_code(self.email))
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url(re.compile(r"^(?!.*confirm-email)"))
        return self

    def sign_in(self, secret=""):
        self.secret = secret
        self.go("/accounts/login/").fill(login=self.email, password=self.password)
        self.page.locator("main button[type=submit]").first.click()
        if secret:
            self.page.locator("[name=code]").wait_for()
            self.page.locator("[name=code]").fill(code_of(secret))
            self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url(re.compile(r"^(?!.*/accounts/)"))
        return self

    def close(self):
        self.context.close()


def code_of(secret):
    """Return the code that a telephone with this secret shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def secret_of(address):
    """Return the secret on a person's telephone; an empty text when there is none."""
    with acting_for_all():
        found = Authenticator.objects.filter(type="totp", user__email=address).first()
    return found.data["secret"] if found else ""


def mailed_code(address):
    """Return the code in the newest mail to an address."""
    with acting_for_all():
        body = last_mail(to=address)
    return re.search(r"^[A-Z0-9]{3,8}(-[A-Z0-9]{3,4})?$", body, re.MULTILINE)[0]


def mailed_link(address):
    """Return the path of the first link in the newest mail to an address."""
    with acting_for_all():
        body = last_mail(to=address)
    return re.search(r"https?://[^/\s]+(/\S+)", body)[1]


def subjects_to(address):
    """List the subjects of all mails to an address, the first one first."""
    with acting_for_all():
        found = Email.objects.filter(to=address).order_by("pk")
        return list(found.values_list("subject", flat=True))
