from __future__ import annotations

import pytest

from service.outbound.public_addresses import NotAllowed, is_address, is_public, target_of


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::", False),
        ("64:ff9b::a00:1", False),
        ("::127.0.0.1", False),
        ("fec0::1", False),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b:1::7f00:1", False),
        ("::ffff:0:127.0.0.1", False),
        ("5f00::1", False),
        ("3fff::1", False),
        ("2001:4860:4860::5efe:7f00:1", False),
        ("not an address", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", True), ("::1", True), ("127.1", True), ("2130706433", True), ("0x7f.1", True), ("a.example", False)],
)
def test_forms_of_addresses(host: str, address: bool) -> None:
    assert is_address(host) is address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "https://",
        "https://user:password@example.com",
        "https://example.com:99999",
        "https://[::1",
        "https://exam ple.com",
        "https://example.com/\n",
    ],
)
def test_malformed_urls(url: str) -> None:
    with pytest.raises(NotAllowed, match="expected a URL"):
        target_of(url)


def test_targets() -> None:
    assert target_of("https://Example.com/a?b") == ("example.com", 443, "https")
    assert target_of("http://example.com:8080") == ("example.com", 8080, "http")
