"""Decide which network addresses may be called at a caller's request."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host and port, as text."""


class NotAllowed(ValueError):
    """The URL is malformed, or its address must not be called."""


class UrlTarget(NamedTuple):
    """The host, port and scheme of a URL."""

    host: str
    port: int
    scheme: str


def target_of(url: str) -> UrlTarget:
    """Parse an http or https URL.

    Raises:
        NotAllowed: if it is malformed, or has another scheme, no host, or credentials.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise NotAllowed("expected a URL such as https://example.com/hook, but this one cannot be parsed") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotAllowed("expected a URL that begins with https:// or http:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("expected a URL without a user name or password")
    if any(c.isspace() or ord(c) < 32 for c in url):
        raise NotAllowed("expected a URL without white space")
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        raise NotAllowed("expected a URL with a valid host name, but a part of this one is empty or too long") from None
    return UrlTarget(parts.hostname, port, parts.scheme)


def public_address(target: UrlTarget, resolve: Resolve | None = None, allow_private: bool = False) -> str:
    """Return the address to connect to.

    Connecting to it, not to the name, prevents a second resolution with another result.

    Args:
        target: the host and port.
        resolve: returns the host's addresses; by default this machine's resolver.
        allow_private: whether addresses that are not public are allowed.

    Raises:
        NotAllowed: if one of the host's addresses is not public, unless private ones are allowed.
        OSError: if the host cannot be resolved.
    """
    addresses = (resolve or resolved)(target.host, target.port)
    if not addresses:
        raise OSError(f"{target.host} has no address")
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise NotAllowed(f"the address of {target.host} is not public. This server calls only public addresses")
    return addresses[0]


def is_public(address: str) -> bool:
    """Check that an address is globally reachable, including IPv4 inside IPv6 addresses."""
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
    """Check for an address instead of a name, even in forms such as 127.1 and 0x7f000001."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2].lower()
        return last.isdigit() or last.startswith("0x")
    return True


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses translated to IPv6: RFC 6052."""
_ISATAP = (0x00005EFE, 0x02005EFE)
"""Bits before the embedded IPv4 address: RFC 5214."""
_UNICAST = ipaddress.ip_network("2000::/3")
"""All global unicast addresses that IANA has allocated; the rest is reserved or has special uses."""
_DOCUMENTATION = ipaddress.ip_network("3fff::/20")
"""Addresses for documentation: RFC 9637."""


def resolved(host: str, port: int) -> list[str]:
    """Resolve a host with this machine's resolver."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
