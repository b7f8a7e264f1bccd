"""Wall off the new tables of customers, and sum up all accounts of the ledger."""

from django.db import migrations

from portal.policies import EnableTenancy, TieTogether

SUMS = """
CREATE OR REPLACE FUNCTION vouchers_move_days() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
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

CREATE OR REPLACE FUNCTION vouchers_open_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO vouchers_balance (agreement_id, customer_id, free, held, delivered,
        paid, lost, expired, converted)
    VALUES (NEW.id, NEW.customer_id, 0, 0, 0, 0, 0, 0, 0);
    RETURN NULL;
END $$;

-- What is planned is the sponsor's own until it is published.
REVOKE ALL ON vouchers_retirementplan, vouchers_retirementletter FROM portal_app;
"""
BEFORE = """
GRANT SELECT, INSERT, UPDATE, DELETE
    ON vouchers_retirementplan, vouchers_retirementletter TO portal_app;
"""


def tied(model: str, field: str, target: str) -> TieTogether:
    """Hold a row's customer equal to that of the row it points to."""
    return TieTogether(model, [field, "customer"], target, ["id", "customer"])


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0004_ledger_and_life")]

    operations = [
        migrations.RunSQL(SUMS, BEFORE),
        EnableTenancy("BenefitContact", "customer"),
        EnableTenancy("Purchase", "customer"),
        EnableTenancy("PurchaseLine", "customer"),
        EnableTenancy("Conversion", "customer"),
        EnableTenancy("Extension", "customer", append_only=True),
        EnableTenancy("VoucherBatch", "customer"),
        tied("BenefitContact", "agreement", "vouchers.CustomerAgreement"),
        tied("Purchase", "agreement", "vouchers.CustomerAgreement"),
        tied("PurchaseLine", "purchase", "vouchers.Purchase"),
        tied("Conversion", "source", "vouchers.CustomerAgreement"),
        tied("Conversion", "target", "vouchers.CustomerAgreement"),
        tied("Extension", "voucher", "vouchers.Voucher"),
        tied("LedgerEntry", "purchase", "vouchers.Purchase"),
        tied("LedgerEntry", "conversion", "vouchers.Conversion"),
        tied("Voucher", "batch", "vouchers.VoucherBatch"),
        tied("Voucher", "reissue_of", "vouchers.Voucher"),
    ]
