"""Reasons and public mail domains that the portal ships; the sponsor changes them."""

from django.utils.translation import gettext_noop as _

from portal.models import PublicMailDomain, Reason, Topic

# Code, reason, advice. The code "other" asks for words of the reviewer's own.
PROOFS = [
    (
        "unreadable",
        _("The proof cannot be read"),
        _("Upload a clear file that shows name, level and dates."),
    ),
    (
        "other-holder",
        _("The proof names somebody else"),
        _("Upload the proof in the name of your company or of the consultant."),
    ),
    (
        "dates-differ",
        _("The dates differ from the proof"),
        _("Type the dates exactly as they stand in the proof."),
    ),
]
OTHER = ("other", _("Another reason"), "")
REASONS = {
    Topic.COMPETENCY: [
        *PROOFS,
        (
            "level-differs",
            _("The level differs from the proof"),
            _("Choose the level that stands in the proof."),
        ),
        OTHER,
    ],
    Topic.CERTIFICATE: [
        *PROOFS,
        (
            "exam-differs",
            _("The proof is for another exam"),
            _("Choose the exam that stands in the proof."),
        ),
        OTHER,
    ],
    Topic.ENROLLMENT: [
        (
            "company-differs",
            _("The company data differ from public records"),
            _("Correct the company's name or locations on the company page."),
        ),
        (
            "not-qualified",
            _("No verified competency stands behind it"),
            _("Add a competency with its proof, or take the offering out."),
        ),
        (
            "no-consultant",
            _("No consultant can lead the work"),
            _("Let a consultant add a passed exam with its proof."),
        ),
        (
            "signer-without-right",
            _("The signer may not sign for the company"),
            _("Let a person sign who may act for the company."),
        ),
        (
            "program-rules",
            _("The program's rules exclude the company"),
            _("Write to the sponsor if you think that this is wrong."),
        ),
        OTHER,
    ],
    Topic.PROFILE: [
        (
            "names-others",
            _("The description names other companies"),
            _("Name no company that does not belong to yours."),
        ),
        (
            "not-verifiable",
            _("A location is not an official one"),
            _("Show only locations that public records name."),
        ),
        (
            "unsuitable",
            _("The text or the logo is not suitable"),
            _("Describe what you plan for customers, in plain words."),
        ),
        OTHER,
    ],
    Topic.ENQUIRY: [
        ("no-capacity", _("No free consultant in time"), ""),
        ("outside-offer", _("Outside of what we offer"), ""),
        ("place", _("Too far from our locations"), ""),
        ("size", _("Not the size of customers we work for"), ""),
        OTHER,
    ],
}
# Providers at which everybody can have an address.
PUBLIC_MAIL_DOMAINS = [
    "163.com",
    "aol.com",
    "daum.net",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "seznam.cz",
    "t-online.de",
    "web.de",
    "wp.pl",
    "yahoo.co.jp",
    "yahoo.com",
    "yandex.ru",
    "zoho.com",
]


def load_shipped() -> None:
    """Add the reasons and domains that are missing; what exists stays as it is."""
    PublicMailDomain.objects.bulk_create(
        [PublicMailDomain(name=name) for name in PUBLIC_MAIL_DOMAINS],
        ignore_conflicts=True,
    )
    Reason.objects.bulk_create(
        [
            Reason(
                topic=topic,
                code=code,
                label=label,
                advice=advice,
                needs_note=code == "other",
                position=position,
            )
            for topic, reasons in REASONS.items()
            for position, (code, label, advice) in enumerate(reasons)
        ],
        ignore_conflicts=True,
    )
