"""mindee 4.36.1: version 4, at once with every extra, by the queue, and by a URL that is refused."""

import json
import os

os.environ["MINDEE_BASE_URL"] = os.environ["URL"] + os.environ["BASE_PATH"]
from mindee import Client, product


def client(key=os.environ["KEY"]):
    return Client(api_key=key)


def source():
    return client().source_from_path(os.environ["DOCUMENT"])


def refusal(action):
    try:
        action()
    except Exception as error:
        return {"kind": type(error).__name__, "status": getattr(error, "status_code", None), "text": str(error)}


reply = client().parse(product.InvoiceV4, source(), include_words=True, full_text=True, cropper=True)
page = reply.document.inference.pages[0]
queued = client().enqueue_and_parse(product.InvoiceV4, source(), initial_delay_sec=1, delay_sec=1)
prediction = reply.document.inference.prediction
print(
    json.dumps(
        {
            "invoice_number": prediction.invoice_number.value,
            "page_invoice_number": page.prediction.invoice_number.value,
            "polygon": prediction.invoice_number.polygon,
            "address": [
                prediction.supplier_address.street_number,
                prediction.supplier_address.street_name,
                prediction.supplier_address.postal_code,
                prediction.supplier_address.city,
            ],
            "lines": [[i.description, i.quantity, i.unit_price, i.total_amount] for i in prediction.line_items],
            "words": len(reply.document.ocr.mvision_v1.pages[0].all_words),
            "text": reply.document.extras.full_text_ocr.content,
            "croppings": len(page.extras.cropper.cropping),
            "orientation": page.orientation.value,
            "queued": queued.document.inference.prediction.invoice_number.value,
            "status": queued.job.status,
            "bad_key": refusal(lambda: client("wrong").parse(product.InvoiceV4, source())),
            "bad_url": refusal(
                lambda: client().parse(product.InvoiceV4, client().source_from_url("https://127.0.0.1/a.png"))
            ),
            "bad_queue": refusal(lambda: client().parse_queued(product.InvoiceV4, "nothing")),
        }
    )
)
