"""What the database holds beyond the models: row-level security, sums, ties.

Part of the initial migration, which is otherwise written by ``fold_migrations``.
"""

from django.db.migrations import RunSQL

from portal.policies import (
    ORGANIZATIONS,
    EnableTenancy,
    TieTogether,
)
from portal.rights import (
    AskAcross,
    MembersMay,
    SponsorDecides,
)

# The database alone keeps the balances, as the sums of the ledger. The functions run
# with their owner's rights, so that the portal's roles need no right to write a balance
# and have none. One entry or a thousand: one update per agreement.
SUMS = """
CREATE FUNCTION vouchers_open_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO vouchers_balance (agreement_id, customer_id, free, held, delivered,
        paid, lost, expired, converted)
    VALUES (NEW.id, NEW.customer_id, 0, 0, 0, 0, 0, 0, 0);
    RETURN NULL;
END $$;

CREATE TRIGGER open_balance AFTER INSERT ON vouchers_customeragreement
FOR EACH ROW EXECUTE FUNCTION vouchers_open_balance();

CREATE FUNCTION vouchers_move_days() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    -- Whoever moves days of several agreements locks their sums in one order: two who
    -- do so at once never wait for each other.
    IF (SELECT min(agreement_id) <> max(agreement_id) FROM new_entries) THEN
        PERFORM FROM vouchers_balance
        WHERE agreement_id IN (SELECT agreement_id FROM new_entries)
        ORDER BY agreement_id FOR NO KEY UPDATE;
    END IF;
    UPDATE vouchers_balance b SET
        free = b.free + moved.free,
        held = b.held + moved.held,
        delivered = b.delivered + moved.delivered,
        paid = b.paid + moved.paid,
        lost = b.lost + moved.lost,
        expired = b.expired + moved.expired,
        converted = b.converted + moved.converted
    FROM (
        SELECT agreement_id,
            sum(days * ((target = 'free')::int - (source = 'free')::int)) AS free,
            sum(days * ((target = 'held')::int - (source = 'held')::int)) AS held,
            sum(days * ((target = 'delivered')::int - (source = 'delivered')::int))
                AS delivered,
            sum(days * ((target = 'paid')::int - (source = 'paid')::int)) AS paid,
            sum(days * ((target = 'lost')::int - (source = 'lost')::int)) AS lost,
            sum(days * (target = 'expired')::int) AS expired,
            sum(days * (target = 'converted')::int) AS converted
        FROM new_entries GROUP BY agreement_id
    ) moved
    WHERE b.agreement_id = moved.agreement_id;
    RETURN NULL;
END $$;

CREATE TRIGGER move_days AFTER INSERT ON vouchers_ledgerentry
REFERENCING NEW TABLE AS new_entries
FOR EACH STATEMENT EXECUTE FUNCTION vouchers_move_days();

REVOKE INSERT, UPDATE, DELETE ON vouchers_balance FROM portal_sponsor;
"""
MOVES = f"""
-- A customer turns free days into vouchers and back, and converts them by a rule; a
-- partner uses those of its voucher. Every other entry is the sponsor's.
CREATE POLICY own_moves ON vouchers_ledgerentry AS RESTRICTIVE FOR INSERT TO portal_app
WITH CHECK (
    kind IN ('held', 'returned')
    OR kind IN ('consumed', 'lost') AND EXISTS (
        SELECT FROM vouchers_voucher v
        WHERE v.id = voucher_id AND v.state = 'redeemed'
            AND v.partner_id = ANY (({ORGANIZATIONS})))
    OR kind = 'converted' AND EXISTS (
        SELECT FROM vouchers_conversion c
        WHERE c.id = conversion_id AND c.source_id = agreement_id
            AND c.source_days = days)
    OR kind = 'received' AND EXISTS (
        SELECT FROM vouchers_conversion c
        WHERE c.id = conversion_id AND c.target_id = agreement_id
            AND c.target_days = days)
);
"""
RULES = """
-- Days convert by the rule of the day, whoever says so.
CREATE FUNCTION vouchers_convert_by_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM vouchers_conversionrule r
        JOIN vouchers_customeragreement s ON s.id = NEW.source_id
        JOIN vouchers_customeragreement t ON t.id = NEW.target_id
        JOIN portal_organization o ON o.id = NEW.customer_id
        WHERE r.id = NEW.rule_id
            AND r.source_id = s.program_id AND r.target_id = t.program_id
            AND NEW.source_days % r.source_days = 0
            AND NEW.target_days = NEW.source_days / r.source_days * r.target_days
            AND daterange(r.valid_from, r.valid_until, '[]')
                @> (NEW.created_at AT TIME ZONE o.time_zone)::date
    ) THEN
        RAISE EXCEPTION 'Days convert by a rule in force, in its steps'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER convert_by_rule BEFORE INSERT ON vouchers_conversion
FOR EACH ROW EXECUTE FUNCTION vouchers_convert_by_rule();
"""
BEGINNINGS = f"""
-- A voucher is made by its customer, and begins at the beginning: with nobody yet.
CREATE POLICY own_beginning ON vouchers_voucher AS RESTRICTIVE FOR INSERT TO portal_app
WITH CHECK (
    customer_id = ANY (({ORGANIZATIONS})) AND state = 'created' AND partner_id IS NULL
);
"""
WALLS = """
-- What is planned is the sponsor's own until it is published.
REVOKE ALL ON vouchers_retirementplan, vouchers_retirementletter FROM portal_app;

-- What a customer's own actions may give as the reason of a later last day.
CREATE POLICY own_rule ON vouchers_extension AS RESTRICTIVE FOR INSERT TO portal_app
    WITH CHECK (kind = 'rule');

-- Neither purchases nor conversions are ever changed.
REVOKE UPDATE, DELETE ON vouchers_purchase, vouchers_purchaseline,
    vouchers_conversion FROM portal_sponsor;

-- A customer activates its agreements and no more: their dates are the sponsor's.
CREATE FUNCTION vouchers_keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The sponsor alone changes what was agreed'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER keep_agreement BEFORE UPDATE ON vouchers_customeragreement
FOR EACH ROW WHEN (
    current_user = 'portal_app' AND
    (OLD.customer_id, OLD.program_id, OLD.licensing_id, OLD.starts_on, OLD.ends_on,
        OLD.ended_on)
    IS DISTINCT FROM
    (NEW.customer_id, NEW.program_id, NEW.licensing_id, NEW.starts_on, NEW.ends_on,
        NEW.ended_on)
) EXECUTE FUNCTION vouchers_keep_agreement();
"""
# They tell the planner how many vouchers of a state a single party has: by the average
# of all of them, it would walk a big customer's whole list for a rare state.
STATISTICS = """
CREATE STATISTICS voucher_states_of_{0} (mcv) ON {0}_id, state FROM vouchers_voucher
"""


def tied(model, field, target):
    """Hold a row's customer equal to that of the row it points to."""
    return TieTogether(model, [field, "customer"], target, ["id", "customer"])


BEFORE = []
AFTER = [
    EnableTenancy("CustomerAgreement", "customer"),
    EnableTenancy("Balance", "customer"),
    EnableTenancy("LedgerEntry", "customer", append_only=True),
    EnableTenancy("Voucher", "customer", "partner"),
    EnableTenancy("Reservation", "customer", "partner"),
    EnableTenancy("BenefitContact", "customer"),
    EnableTenancy("Purchase", "customer"),
    EnableTenancy("PurchaseLine", "customer"),
    EnableTenancy("Conversion", "customer"),
    EnableTenancy("Extension", "customer", append_only=True),
    EnableTenancy("VoucherBatch", "customer"),
    EnableTenancy("AgreementOutlook", "customer"),
    tied("AgreementOutlook", "agreement", "vouchers.CustomerAgreement"),
    tied("BenefitContact", "agreement", "vouchers.CustomerAgreement"),
    tied("Purchase", "agreement", "vouchers.CustomerAgreement"),
    tied("PurchaseLine", "purchase", "vouchers.Purchase"),
    tied("Conversion", "source", "vouchers.CustomerAgreement"),
    tied("Conversion", "target", "vouchers.CustomerAgreement"),
    tied("Extension", "voucher", "vouchers.Voucher"),
    tied("LedgerEntry", "agreement", "vouchers.CustomerAgreement"),
    tied("LedgerEntry", "voucher", "vouchers.Voucher"),
    tied("LedgerEntry", "purchase", "vouchers.Purchase"),
    tied("LedgerEntry", "conversion", "vouchers.Conversion"),
    tied("Reservation", "voucher", "vouchers.Voucher"),
    tied("Voucher", "agreement", "vouchers.CustomerAgreement"),
    tied("Voucher", "batch", "vouchers.VoucherBatch"),
    tied("Voucher", "reissue_of", "vouchers.Voucher"),
    TieTogether(
        "Reservation",
        ["location", "partner"],
        "portal.Location",
        ["id", "organization"],
    ),
    TieTogether(
        "Reservation",
        ["signature", "partner"],
        "enrollment.Signature",
        ["id", "partner"],
    ),
    RunSQL(SUMS),
    RunSQL(MOVES),
    RunSQL(BEGINNINGS),
    RunSQL(RULES),
    RunSQL(WALLS),
    *(RunSQL(STATISTICS.format(party)) for party in ("customer", "partner")),
    AskAcross(
        "vouchers_customer_of(voucher_number text, address text)",
        "bigint",
        """
            SELECT v.customer_id FROM vouchers_voucher v
            JOIN portal_user u ON u.id = v.admin_id
            WHERE v.number = voucher_number AND (u.email = address OR EXISTS (
                SELECT FROM account_emailaddress e
                WHERE e.user_id = u.id AND e.email = address AND e.verified))
        """,
    ),
    MembersMay("CustomerAgreement", "UPDATE"),
    MembersMay("LedgerEntry", "INSERT"),
    MembersMay("Voucher", "INSERT", "UPDATE"),
    MembersMay("Reservation", "INSERT", "UPDATE"),
    MembersMay("BenefitContact", "INSERT", "UPDATE", "DELETE"),
    MembersMay("Conversion", "INSERT"),
    MembersMay("Extension", "INSERT"),
    MembersMay("VoucherBatch", "INSERT"),
    SponsorDecides(
        "Voucher",
        "suspended_at",
        "suspension_reason",
        "paid_at",
        states=["paid", "expired"],
    ),
]
