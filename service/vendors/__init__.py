"""Other systems' APIs, answered here: their clients work after a change of the host name."""

from __future__ import annotations

from service.settings import Settings
from service.vendors import huawei, mindee, mindee_v2
from service.vendors.surface import Surface


def open_surfaces(settings: Settings) -> list[Surface]:
    """Those that are switched on."""
    made = (
        (settings.mindee, mindee.surface),
        (settings.mindee, mindee_v2.surface),
        (settings.huawei, huawei.surface),
    )
    return [make(switch) for switch, make in made if switch != "off"]
