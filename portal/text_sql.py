"""The key of typed text (``portal.text.key``) as the database computes it."""

from django.db.models import Func, TextField

from portal import text

FUNCTION = f"""
CREATE FUNCTION portal_text_key(typed text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT translate(
    regexp_replace(
        btrim(regexp_replace(
            regexp_replace(
                replace(
                    lower(
                        normalize(regexp_replace(typed, '{text.UNSEEN}', '', 'g'), NFKC)
                    ),
                    'ß', 'ss'
                ),
                '{text.DASH}', '-', 'g'
            ),
            '\\s+', ' ', 'g'
        )),
        ' ?- ?', '-', 'g'
    ),
    '{text.HAN_VARIANTS[0]}', '{text.HAN_VARIANTS[1]}'
)
$$
"""


class TextKey(Func):
    """The key of a column's text: unique where text identifies."""

    function = "portal_text_key"
    output_field = TextField()
