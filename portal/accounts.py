"""How allauth signs our people in: by e-mail and name, mails through the outbox."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.stages import LoginStageController
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts_sql import delete_unproved
from portal.findings import Refused
from portal.limits import count_attempt
from portal.models import Membership, SecondFactorRecovery, User
from portal.names import ensure_no_link
from portal.tenancy import acting_as_person

# So long a sign-in counts as proof while a second factor is set up.
MOMENT = timedelta(minutes=5)
# Where a session keeps the moment of its sign-in or sign-up.
BEGAN = "began_at"


class SignUpNameForm(forms.Form):
    """What we ask at sign-up beside e-mail and password."""

    name = forms.CharField(
        max_length=120, label=_("Full name"), validators=[ensure_no_link]
    )
    field_order = ["name", "email", "password1", "password2"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Keep the name, and the language in which the person signed up."""
        user.name = self.cleaned_data["name"]
        language = get_language() or settings.LANGUAGE_CODE
        known = dict(settings.LANGUAGES)
        user.language = language if language in known else settings.LANGUAGE_CODE
        user.save(update_fields=["name", "language"])


class AddKeyForm(AddWebAuthnForm):
    """A new passkey; its label is in the reader's language."""

    name = forms.CharField(label=_("Name"), required=False)


class EditKeyForm(EditWebAuthnForm):
    """Another name for a passkey; its label is in the reader's language."""

    name = forms.CharField(label=_("Name"))


class LanguageMiddleware(LocaleMiddleware):
    """Speaks the account's language to who has signed in, in any browser."""

    def process_request(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        else:
            super().process_request(request)


class PrivateMiddleware(MiddlewareMixin):
    """Tells browsers not to store pages of people who have signed in."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        user = getattr(request, "user", None)
        is_public = "public" in response.get("Cache-Control", "")
        if user and user.is_authenticated and not is_public:
            response["Cache-Control"] = "no-store, private"
        return response


class AccountAdapter(DefaultAccountAdapter):
    """Our rules where allauth asks for rules."""

    def clean_email(self, email: str) -> str:
        return str(super().clean_email(email)).lower()

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Note in the session when it began: who signs up gives no other proof."""
        super().login(request, user)
        request.session[BEGAN] = clock.now().timestamp()

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again, but not to set up a factor just after sign-in.

        Whoever finds an open session later has to know it.
        """
        if app == "allauth.mfa" and has_just_signed_in(context.request):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Keep a proved address; those that the person had before hear of it."""
        person = email_address.user
        earlier = EmailAddress.objects.filter(user=person, verified=True)
        former_address = (
            earlier.exclude(email=email_address.email).filter(primary=True).first()
        )
        is_confirmed = bool(super().confirm_email(request, email_address))
        if is_confirmed and former_address:
            added = {"added_email": email_address.email}
            self.send_notification_mail(
                "account/email/email_added", person, added, former_address.email
            )
        return is_confirmed

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Write in the account's language, with links to our own address only."""
        person = context.get("user") or person_at(email)
        language = person.language if person else get_language()
        with translation.override(language):
            words = {"origin": settings.ORIGIN, **context}
            super().send_mail(template_prefix, email, words)

    def get_reset_password_from_key_url(self, key: str) -> str:
        url = super().get_reset_password_from_key_url(key)
        return str(settings.ORIGIN + urlsplit(url).path)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Bound the wrong passwords for a person, from one address and from all.

        Counted from everywhere alone, and narrowly, anybody could lock a person out.
        """
        name = credentials.get("email") or credentials.get("username") or ""
        who = salted_hmac("sign-in", name.casefold()).hexdigest()
        try:
            places = [
                count_attempt(
                    "sign-in",
                    f"{who}:{client_address(request)}",
                    settings.SIGN_IN_LIMIT,
                ),
                count_attempt("sign-in", who, settings.SIGN_IN_WIDE_LIMIT),
            ]
        except Refused as refused:
            raise self.validation_error("too_many_login_attempts") from refused
        person: User | None = super().authenticate(request, **credentials)
        if person:
            cache.delete_many(places)
        return person

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell of a change to an account, also the address that was taken off it."""
        super().send_notification_mail(template_prefix, user, context, email)
        removed = (context or {}).get("deleted_email")
        if removed:
            super().send_notification_mail(template_prefix, user, context, removed)


def person_at(address: str) -> User | None:
    """Return the person of an address, who has proved it or signed up with it."""
    addresses = EmailAddress.objects.filter(email=address).order_by("-verified")
    address_record = addresses.select_related("user").first()
    return address_record.user if address_record else None


def drop_unproved(email: str, proved_by: User) -> None:
    """Remove an address that one person has proved from accounts that only claimed it.

    A sign-up that never came further goes with its claim.
    """
    claims = EmailAddress.objects.filter(email=email, verified=False)
    with transaction.atomic():
        for claim in claims.exclude(user=proved_by):
            claim.delete()
            delete_unproved(claim.user_id)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Gives authenticator apps the portal's name."""

    def get_totp_label(self, user: User) -> str:
        return user.email


def display_name(user: User) -> str:
    return str(user)


def has_just_signed_in(request: HttpRequest) -> bool:
    """Tell whether the person of a session signed in within the last minutes."""
    proofs = get_authentication_records(request, request.user)
    moments = [*(proof["at"] for proof in proofs), request.session.get(BEGAN, 0)]
    return bool(max(moments) > (clock.now() - MOMENT).timestamp())


def person_at_second_factor(request: HttpRequest) -> User | None:
    """Return the person who has proved the password and owes the second factor."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    return stage.login.user if stage else None


def running_recovery_of(person: User) -> SecondFactorRecovery | None:
    """Return the removal of a person's second factor that is under way."""
    with acting_as_person(person.pk):
        return SecondFactorRecovery.objects.running().filter(person=person).first()


SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(person: User) -> bool:
    """Tell whether the person proves more than a password at sign-in."""
    return bool(is_mfa_enabled(person, types=SECOND_FACTORS))


def memberships_of(person: User) -> QuerySet[Membership]:
    """Return a person's places by name, and whether each wants a second factor."""
    factors = Authenticator.objects.filter(
        user=OuterRef("person_id"), type__in=SECOND_FACTORS
    )
    memberships = Membership.objects.active().filter(person=person)
    return (
        memberships.select_related("organization")
        .annotate(person_has_second_factor=Exists(factors))
        .order_by("organization__name")
    )


def client_address(request: HttpRequest) -> str:
    """Return the IP address of the person's machine, behind trusted proxies too."""
    return str(get_adapter().get_client_ip(request))
