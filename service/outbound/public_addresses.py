"""Which addresses on the network may be called on a stranger's word."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as text."""


class NotAllowed(ValueError):
    """The URL is malformed, or leads to where it must not."""


class Target(NamedTuple):
    """Where a URL leads."""

    host: str
    port: int
    scheme: str


def target_of(url: str) -> Target:
    """The parts of a URL that matter.

    Raises:
        NotAllowed: it is no http(s) URL of a host.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise NotAllowed("expected a URL such as https://example.com/hook; this one cannot be parsed") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotAllowed("expected a URL that begins with https:// or http:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("expected a URL without a user name or password")
    if any(c.isspace() or ord(c) < 32 for c in url):
        raise NotAllowed("expected a URL without white space")
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        raise NotAllowed("expected a URL with a host; this one's name has an empty or overlong part") from None
    return Target(parts.hostname, port, parts.scheme)


def public_address(target: Target, resolve: Resolve | None = None, allow_private: bool = False) -> str:
    """The address to connect to; the caller connects to this very one, so that nothing can be resolved anew.

    Raises:
        NotAllowed: one of the host's addresses is not public, and that is not allowed.
        OSError: the host cannot be resolved.
    """
    addresses = (resolve or resolved)(target.host, target.port)
    if not addresses:
        raise OSError(f"{target.host} has no address")
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise NotAllowed(f"{target.host} leads to an address that is not public")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether anyone on the internet is meant by it; IPv4 addresses within IPv6 ones count as what they are."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and (found in _NAT64 or int(found) >> 32 & 0xFFFFFFFF in _ISATAP):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if found in _NAT64:
            return inner is not None and is_public(str(inner))
        if found not in _UNICAST or found in _DOCUMENTATION or (inner is not None and not is_public(str(inner))):
            return False
    return found.is_global and not found.is_multicast


def is_address(host: str) -> bool:
    """Whether it is an address rather than a name, also in the forms that only resolvers understand (127.1, 0x7f…)."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2].lower()
        return last.isdigit() or last.startswith("0x")
    return True


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052."""
_ISATAP = (0x00005EFE, 0x02005EFE)
"""RFC 5214: what stands before an IPv4 address at the end."""
_UNICAST = ipaddress.ip_network("2000::/3")
"""All that was ever given out, by IANA's registry; what else there is has a meaning of its own, or will have."""
_DOCUMENTATION = ipaddress.ip_network("3fff::/20")
"""RFC 9637."""


def resolved(host: str, port: int) -> list[str]:
    """The host's addresses, as this machine resolves them."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
