"""mindee 5.4.0: version 4 through its first API; a template and a schema of one's own through its second."""

import json
import os

os.environ["MINDEE_BASE_URL"] = os.environ["MINDEE_V2_BASE_URL"] = os.environ["URL"]
from mindee import PathInput
from mindee.client_options.polling_options import PollingOptions
from mindee.v1 import Client, product
from mindee.v2 import Client as ClientV2
from mindee.v2.product.extraction import ExtractionParameters, ExtractionResponse

KEY, DOCUMENT = os.environ["KEY"], os.environ["DOCUMENT"]


def refusal(action):
    try:
        action()
    except Exception as error:
        return {"kind": type(error).__name__, "text": str(error)}


def extracted(**parameters):
    polling = PollingOptions(initial_delay_sec=1, delay_sec=1)
    asked = ExtractionParameters(**parameters, polling_options=polling)
    return ClientV2(api_key=KEY).enqueue_and_get_result(ExtractionResponse, PathInput(DOCUMENT), asked).inference


def simple(title, kind, **more):
    return {"title": title, "name": title.lower().replace(" ", "_"), "type": kind, "is_array": False} | more


items = simple(
    "Line items", "nested_object", is_array=True, nested_fields={"description": simple("Description", "string")}
)
schema = {"replace": {"fields": [simple("Total amount", "number"), items]}}
first = Client(api_key=KEY).parse(product.InvoiceV4, PathInput(DOCUMENT)).document.inference.prediction
whole = extracted(model_id="invoice", raw_text=True, polygon=True, confidence=True, alias="mine")
number = whole.result.fields["invoice_number"]
own = extracted(model_id="11111111-2222-3333-4444-555555555555", data_schema=schema)
print(
    json.dumps(
        {
            "first": first.invoice_number.value,
            "supplier_raw": first.supplier_name.raw_value,
            "due_date": [first.due_date.value, first.due_date.is_computed],
            "number": number.value,
            "confidence": str(number.confidence),
            "page": number.locations[0].page,
            "polygon": number.locations[0].polygon,
            "raw_text": str(whole.result.raw_text),
            "alias": whole.file.alias,
            "own": sorted(own.result.fields),
            "total": own.result.fields["total_amount"].value,
            "lines": [i.fields["description"].value for i in own.result.fields["line_items"].items],
            "unknown_model": refusal(lambda: extracted(model_id="nothing")),
            "bad_key": refusal(
                lambda: ClientV2(api_key="wrong").enqueue(PathInput(DOCUMENT), ExtractionParameters(model_id="invoice"))
            ),
            "no_job": refusal(lambda: ClientV2(api_key=KEY).get_job("nothing")),
        }
    )
)
