"""Links to pages of the web, and what only looks like one."""

import pytest
from django.core.exceptions import ValidationError

from portal.fields import LinkField

HARMFUL = "begin with https:// or http://"
WHOLE = "Give the whole address"
PERSON = "user name before the @"


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("javascript:alert(1)", HARMFUL),
        ("JaVaScRiPt:alert(1)//https://www.example.com", HARMFUL),
        ("data:text/html,x", HARMFUL),
        ("vbscript:x", HARMFUL),
        ("mailto:anna@example.com", HARMFUL),
        ("ftp://www.example.com/x", HARMFUL),
        ("//www.example.com/x", WHOLE),
        ("/about", WHOLE),
        ("about", WHOLE),
        ("?page=1", WHOLE),
        ("https:/www.example.com", WHOLE),
        ("https:www.example.com", WHOLE),
        ("https://", WHOLE),
        ("https://anna:secret@www.example.com/x", PERSON),
        ("https://www.example.com@evil.example/", PERSON),
        ("anna@www.example.com", PERSON),
        ("http://127.0.0.1/", WHOLE),
        ("http://[::1]/", WHOLE),
        ("http://[::1", WHOLE),
        ("http://localhost:8000/", WHOLE),
        ("https://www.example.com/a b", WHOLE),
        ("https://www.example.com/\nb", WHOLE),
        ("https://www.example.com:port/", WHOLE),
        ("https://www.example.com/" + "x" * 200, "224 of 200 characters"),
    ],
)
def test_what_is_no_public_page_is_refused_with_a_sentence(link, sentence):
    with pytest.raises(ValidationError, match=sentence):
        LinkField().clean(link)


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://www.example.com/a?b=c#d", "https://www.example.com/a?b=c#d"),
        ("http://example.com", "http://example.com"),
        ("example.com", "https://example.com"),
        (" example.com/a ", "https://example.com/a"),
        ("example.com:8443/a", "https://example.com:8443/a"),
        ("https://www.example.com/a@b", "https://www.example.com/a@b"),
        ("https://müller.example/", "https://müller.example/"),
        ("", ""),
    ],
)
def test_plain_web_links_are_taken(link, kept):
    assert LinkField().clean(link) == kept


@pytest.mark.parametrize(
    "link", ["https://linkedin.example/x", "https://evil-linkedin.com/"]
)
def test_a_page_of_another_site_is_refused(link):
    with pytest.raises(ValidationError, match=r"not a page of linkedin\.com"):
        LinkField(site="linkedin.com").clean(link)


@pytest.mark.parametrize("link", ["linkedin.com/x", "https://de.linkedin.com/x"])
def test_a_page_of_the_site_is_taken(link):
    assert LinkField(site="linkedin.com").clean(link).endswith(link)
