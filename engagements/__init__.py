"""The work done for a voucher: schedule, completion report, deliverable."""
