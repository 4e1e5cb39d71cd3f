"""Encrypt the secrets that the database keeps, with keys from a setting or a key file.

Form of a key and of what it encrypts: https://github.com/fernet/spec/blob/master/Spec.md.
"""

from __future__ import annotations

import base64
import os
import stat
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from accounts.errors import Conflict

KEY_BYTES = 32
"""Fernet takes 16 bytes of a key for signing and 16 for encryption."""
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_URL_SAFE = str.maketrans("-_", "+/")


class InvalidEncryptionKey(ValueError):
    """An encryption key is malformed, or its file is readable by other users."""


class UndecryptableSecret(Exception):
    """No encryption key at hand decrypts a secret."""


class SecretCipher:
    """Encrypts and decrypts secrets; safe to use from many threads and processes."""

    def __init__(self, keys: str = "", key_file: Path | None = None) -> None:
        """Read the keys that exist.

        A missing key file is created when the first secret is encrypted.

        Args:
            keys: Encryption keys separated by commas. The first encrypts, all of them decrypt.
            key_file: File with such keys, used when `keys` is empty. None if there is none.

        Raises:
            InvalidEncryptionKey: if a key is malformed, or other users may read the key file.
        """
        self._key_file = key_file
        self._fernet = parse_keys(keys) if keys else self._read_key_file()

    def encrypt(self, secret: str) -> bytes:
        """Encrypt a secret with the first key.

        Raises:
            Conflict: if there is neither a key nor a key file.
            InvalidEncryptionKey: if the key file cannot be used.
        """
        return self._required().encrypt(secret.encode())

    def decrypt(self, encrypted: bytes) -> str:
        """Decrypt a secret with whichever key fits.

        Raises:
            UndecryptableSecret: if no key fits.
            InvalidEncryptionKey: if the key file cannot be used.
        """
        fernet = self._available()
        try:
            if fernet is not None:
                return fernet.decrypt(encrypted).decode()
        except InvalidToken:
            pass
        raise UndecryptableSecret

    def reencrypt(self, encrypted: bytes) -> bytes:
        """Encrypt a secret again, with the first key.

        Raises:
            UndecryptableSecret: if no key decrypts it.
            InvalidEncryptionKey: if the key file cannot be used.
        """
        return self.encrypt(self.decrypt(encrypted))

    def _available(self) -> MultiFernet | None:
        if self._fernet is None:
            self._fernet = self._read_key_file()  # another process may have created it
        return self._fernet

    def _required(self) -> MultiFernet:
        if self._available() is None and self._key_file is not None:
            _create(self._key_file)
        fernet = self._available()
        if fernet is None:
            raise Conflict(
                "this server cannot keep a secret, such as that of a signing key or the password of a job's document: "
                "expected an encryption key in DOCWITNESS_SECRET_KEY, the same on every machine. Set one made with "
                "'openssl rand -base64 32', or do without the secret."
            )
        return fernet

    def _read_key_file(self) -> MultiFernet | None:
        if self._key_file is None:
            return None
        try:
            with self._key_file.open(encoding="ascii", errors="replace") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                keys = file.read()
        except FileNotFoundError:
            return None
        except PermissionError:
            raise InvalidEncryptionKey(
                f"{self._key_file} cannot be read: expected a file of the user who runs this program. Change its owner."
            ) from None
        if mode & _FOR_OTHERS:
            raise InvalidEncryptionKey(
                f"other users have access to {self._key_file}: expected mode 600, got {mode:o}. "
                f"Run: chmod 600 {self._key_file}"
            )
        try:
            return parse_keys(keys)
        except InvalidEncryptionKey as error:
            raise InvalidEncryptionKey(f"{self._key_file}: {error}") from None


def parse_keys(text: str) -> MultiFernet:
    """Read encryption keys that are separated by commas; the first one encrypts.

    Raises:
        InvalidEncryptionKey: if one of them is malformed. The message does not repeat it.
    """
    keys = [key.strip() for key in text.split(",")]
    return MultiFernet([_fernet(key, f"encryption key {number} of {len(keys)}") for number, key in enumerate(keys, 1)])


def _fernet(key: str, name: str) -> Fernet:
    try:
        decoded = base64.b64decode(key.translate(_URL_SAFE), validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) != KEY_BYTES:
        raise InvalidEncryptionKey(
            f"{name} is malformed: expected {KEY_BYTES} bytes as base64 (44 characters), got {len(key)} characters. "
            "Make one with: openssl rand -base64 32"
        )
    return Fernet(base64.urlsafe_b64encode(decoded))


def _create(path: Path) -> None:
    """Write a new key to a file that only its owner may read.

    Nothing is written if another process does so first.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 600
    key = Fernet.generate_key() + b"\n"
    try:
        with os.fdopen(descriptor, "wb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _FOR_OTHERS:
                raise InvalidEncryptionKey(
                    f"{path.parent} cannot hold a key file: expected a file system that keeps file modes, so that no"
                    " other user can read it. Set DOCWITNESS_SECRET_KEY instead."
                )
            _give_to_owner_of(path.parent, file.fileno())
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # unlike a rename, this fails if the file exists
        except FileExistsError:
            return
        except OSError:  # a file system without links: readers may see the file before its content, and try again
            _write_new(path, key)
        _sync(path.parent)  # secrets must not outlive their key after a power failure
    finally:
        Path(temporary).unlink()


def _write_new(path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        _give_to_owner_of(path.parent, file.fileno())
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _give_to_owner_of(folder: Path, descriptor: int) -> None:
    """Let the user who runs the service read a key file that root creates."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
