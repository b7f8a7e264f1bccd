"""Let the database alone keep the balances, as the sums of the ledger.

The function runs with its owner's rights, so that the portal's roles need no right to
write a balance and have none. One entry or a thousand: one update per agreement.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION vouchers_open_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO vouchers_balance
        (agreement_id, customer_id, free, held, delivered, paid, lost)
    VALUES (NEW.id, NEW.customer_id, 0, 0, 0, 0, 0);
    RETURN NULL;
END $$;

CREATE TRIGGER open_balance AFTER INSERT ON vouchers_customeragreement
FOR EACH ROW EXECUTE FUNCTION vouchers_open_balance();

CREATE FUNCTION vouchers_move_days() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE vouchers_balance b SET
        free = b.free + moved.free,
        held = b.held + moved.held,
        delivered = b.delivered + moved.delivered,
        paid = b.paid + moved.paid,
        lost = b.lost + moved.lost
    FROM (
        SELECT agreement_id,
            sum(days * ((target = 'free')::int - (source = 'free')::int)) AS free,
            sum(days * ((target = 'held')::int - (source = 'held')::int)) AS held,
            sum(days * ((target = 'delivered')::int - (source = 'delivered')::int))
                AS delivered,
            sum(days * ((target = 'paid')::int - (source = 'paid')::int)) AS paid,
            sum(days * ((target = 'lost')::int - (source = 'lost')::int)) AS lost
        FROM new_entries GROUP BY agreement_id
    ) moved
    WHERE b.agreement_id = moved.agreement_id;
    RETURN NULL;
END $$;

CREATE TRIGGER move_days AFTER INSERT ON vouchers_ledgerentry
REFERENCING NEW TABLE AS new_entries
FOR EACH STATEMENT EXECUTE FUNCTION vouchers_move_days();

REVOKE INSERT, UPDATE, DELETE ON vouchers_balance FROM portal_app, portal_sponsor;

-- A customer turns free days into vouchers and back; every other entry is a deed of the
-- sponsor or of both parties.
CREATE POLICY own_moves ON vouchers_ledgerentry AS RESTRICTIVE FOR INSERT TO portal_app
    WITH CHECK (kind IN ('held', 'returned'));
"""

BACKWARDS = """
DROP POLICY own_moves ON vouchers_ledgerentry;
GRANT INSERT, UPDATE, DELETE ON vouchers_balance TO portal_app, portal_sponsor;
DROP TRIGGER move_days ON vouchers_ledgerentry;
DROP FUNCTION vouchers_move_days();
DROP TRIGGER open_balance ON vouchers_customeragreement;
DROP FUNCTION vouchers_open_balance();
"""


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0002_tenancy")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
