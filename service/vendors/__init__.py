"""Other systems' APIs, answered here: their clients work after a change of the host name."""

from __future__ import annotations

from service.settings import Settings
from service.vendors import huawei, invoice_ner, mindee, mindee_v2, promy
from service.vendors.surface import Surface


def open_surfaces(settings: Settings) -> list[Surface]:
    """Those that are switched on."""
    made = (
        (settings.mindee, mindee.surface),
        (settings.mindee, mindee_v2.surface),
        (settings.huawei, huawei.surface),
        (settings.invoice_ner, invoice_ner.surface),
        (settings.promy, promy.surface),
    )
    return [make(switch) for switch, make in made if switch != "off"]
