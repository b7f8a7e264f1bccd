"""What filled vouchers leave behind: engagements, reports, requests and payments.

Every second reserved voucher is scheduled. What is redeemed is reported; every second
of those waits in a payment request, the others are still to be invoiced. What is paid
has its request and its payment.
"""

ENGAGEMENTS = """
INSERT INTO engagements_engagement (
    reservation_id, voucher_id, customer_id, partner_id, lead_id, starts_on, ends_on,
    state, created_at
)
SELECT r.id, v.id, v.customer_id, v.partner_id, %(lead)s,
    CASE WHEN v.state = 'reserved' THEN current_date + 3 ELSE v.reserved_at::date END,
    CASE WHEN v.state = 'reserved' THEN current_date + 9
        ELSE v.reserved_at::date + 5 END,
    CASE WHEN v.state = 'reserved' THEN 'scheduled' ELSE 'reported' END,
    v.created_at
FROM vouchers_voucher v JOIN vouchers_reservation r ON r.voucher_id = v.id
WHERE v.agreement_id = %(agreement)s AND v.id > %(after)s
    AND (v.state IN ('redeemed', 'paid') OR v.state = 'reserved' AND v.id / 10 %% 2 = 0)
ORDER BY v.id
"""
REPORTS = """
INSERT INTO engagements_completionreport (
    engagement_id, customer_id, partner_id, days_on_site, days_off_site, summary,
    next_steps, deliverable_kind, deliverable_id, accepted_by, accepted_on,
    no_extra_charge, policies_met, filed_by_id, filed_at
)
SELECT e.id, e.customer_id, e.partner_id, v.days_used, 0, 'We planned.',
    'Start with a pilot.', 'plan', %(document)s, 'Ines Roth', e.ends_on,
    true, true, e.lead_id, v.redeemed_at
FROM engagements_engagement e JOIN vouchers_voucher v ON v.id = e.voucher_id
WHERE v.agreement_id = %(agreement)s AND v.id > %(after)s AND e.state = 'reported'
ORDER BY v.id
"""
REQUESTS = """
INSERT INTO payments_paymentrequest (
    reference, partner_id, location_id, state, invoice_number, invoice_key, vat_number,
    currency, net, tax_rate, tax, total, invoice_id, submitted_by_id, created_at,
    approved_by_id, approved_at, due_on, released_by_id, return_reason
)
SELECT 'PR-' || v.number, v.partner_id, r.location_id,
    CASE WHEN v.state = 'paid' THEN 'paid' ELSE 'submitted' END,
    'INV-' || v.id, 'INV' || v.id, '', 'EUR', v.days_used * 1000, 0, 0,
    v.days_used * 1000, %(document)s, %(lead)s, v.redeemed_at,
    CASE WHEN v.state = 'paid' THEN %(approver)s END,
    CASE WHEN v.state = 'paid' THEN v.redeemed_at END,
    CASE WHEN v.state = 'paid' THEN v.redeemed_at::date + 30 END,
    CASE WHEN v.state = 'paid' THEN %(releaser)s END, ''
FROM vouchers_voucher v JOIN vouchers_reservation r ON r.voucher_id = v.id
WHERE v.agreement_id = %(agreement)s AND v.id > %(after)s
    AND (v.state = 'paid' OR v.state = 'redeemed' AND v.id / 10 %% 2 = 0)
ORDER BY v.id
"""
LINES = """
INSERT INTO payments_paymentline (
    request_id, partner_id, voucher_id, engagement_id, days, rate, amount, is_live
)
SELECT q.id, q.partner_id, v.id, e.id, v.days_used, 1000, v.days_used * 1000, true
FROM vouchers_voucher v
JOIN engagements_engagement e ON e.voucher_id = v.id
JOIN payments_paymentrequest q ON q.reference = 'PR-' || v.number
WHERE v.agreement_id = %(agreement)s AND v.id > %(after)s
ORDER BY v.id
"""
PAYMENTS = """
INSERT INTO payments_payment (
    request_id, partner_id, amount, currency, paid_on, bank_reference, recorded_by_id,
    created_at
)
SELECT q.id, q.partner_id, q.total, 'EUR', q.due_on, 'SEPA ' || q.id, q.released_by_id,
    q.approved_at
FROM vouchers_voucher v
JOIN payments_paymentrequest q ON q.reference = 'PR-' || v.number
WHERE v.agreement_id = %(agreement)s AND v.id > %(after)s AND q.state = 'paid'
ORDER BY v.id
"""
DELIVERIES = (ENGAGEMENTS, REPORTS, REQUESTS, LINES, PAYMENTS)
