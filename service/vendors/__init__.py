"""Other systems' APIs, answered here: their clients work after a change of the host name.

One folder per system. No folder imports another; what they share is in `surface`. Each folder has the same parts under
the same names, next to what only that system needs: `routes` (paths and handlers), `receiving` (what clients send) and
`errors` (the system's form of an error). Outside its folder, a system has one setting that switches it on, a line in
`open_surfaces` and, if it has a document type of its own, one in `preset_extractors`.
"""

from __future__ import annotations

from extractors import Extractor
from service.settings import Settings
from service.vendors import huawei, invoice_ner, mindee, mindee_v2, promy
from service.vendors.surface import Surface


def open_surfaces(settings: Settings) -> list[Surface]:
    """Return the APIs that are switched on."""
    made = (
        (settings.mindee, mindee.surface),
        (settings.mindee, mindee_v2.surface),
        (settings.huawei, huawei.surface),
        (settings.invoice_ner, invoice_ner.surface),
        (settings.promy, promy.surface),
    )
    return [make(switch) for switch, make in made if switch != "off"]


def preset_extractors() -> dict[str, Extractor]:
    """Return the extractors that serve a preset on all routes, by the preset's id."""
    return {huawei.PRESET: huawei.QuotaInvoiceExtractor()}
