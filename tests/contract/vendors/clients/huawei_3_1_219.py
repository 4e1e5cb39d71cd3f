"""huaweicloudsdkocr 3.1.219: a quota invoice, signed with the key's beginning and the key."""

import base64
import json
import os

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkocr.v1 import OcrClient, QuotaInvoiceRequestBody, RecognizeQuotaInvoiceRequest

KEY = os.environ["KEY"]


def asked(access, secret, **body):
    client = OcrClient.new_builder().with_credentials(BasicCredentials(access, secret, "a-project"))
    request = RecognizeQuotaInvoiceRequest(body=QuotaInvoiceRequestBody(**body))
    try:
        reply = client.with_endpoints([os.environ["URL"]]).build().recognize_quota_invoice(request)
    except ClientRequestException as error:
        return [error.status_code, error.error_code, error.error_msg]
    return reply.to_dict()["result"]


with open(os.environ["DOCUMENT"], "rb") as file:
    picture = base64.b64encode(file.read()).decode()
print(
    json.dumps(
        {
            "result": asked(KEY[:12], KEY, image=picture),
            "wrong_secret": asked(KEY[:12], KEY + "x", image=picture),
            "wrong_access": asked("nobody", KEY, image=picture),
            "both": asked(KEY[:12], KEY, image=picture, url="https://example.com/a.png"),
            "private": asked(KEY[:12], KEY, url="http://169.254.169.254/latest"),
        },
        default=float,
    )
)
