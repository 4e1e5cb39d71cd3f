"""The product's own routes; vendors' routes live in `service/vendors`."""
