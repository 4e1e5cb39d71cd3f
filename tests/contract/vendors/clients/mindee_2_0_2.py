"""mindee 2.0.2: version 2 of the invoice API, its base URL a constant."""

import json
import os

import mindee.http

mindee.http.MINDEE_API_URL = os.environ["URL"] + "/v1"
from mindee import Client  # noqa: E402


def parsed(key):
    return Client().config_invoice(key).doc_from_path(os.environ["DOCUMENT"]).parse("invoice")


invoice = parsed(os.environ["KEY"]).invoice
try:
    parsed("wrong")
    refused = None
except Exception as error:  # it has no class of its own
    refused = str(error)
print(
    json.dumps(
        {
            "invoice_number": invoice.invoice_number.value,
            "date": str(invoice.invoice_date.value),
            "total_incl": invoice.total_incl.value,
            "total_excl": invoice.total_excl.value,
            "supplier": invoice.supplier.value,
            "taxes": [[tax.value, tax.rate] for tax in invoice.taxes],
            "language": invoice.locale.language,
            "refused": refused,
        }
    )
)
