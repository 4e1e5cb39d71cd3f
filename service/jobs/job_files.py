"""Documents and results of jobs: a local folder, or an S3-compatible store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import obstore
from obstore.store import LocalStore, from_url

from accounts.tables import DocumentRow


class DocumentPaths(NamedTuple):
    """Paths of what is stored for a document of a job."""

    account_id: int
    job_id: str
    number: int
    part_of: int | None = None
    """Number of the e-mail that the document was taken out of."""
    part: int = 0
    """Position of the document's file among those of the e-mail."""

    @classmethod
    def of(cls, account_id: int, row: DocumentRow) -> DocumentPaths:
        """Return the paths of a document in the database."""
        return cls(account_id, row.job_id, row.number, row.part_of, row.part or 0)

    def of_part(self, part: int) -> DocumentPaths:
        """Return the paths of a file that was taken out of this document, an e-mail.

        The files are written before their documents have numbers, so that their documents and the entries in the queue
        can be added in one transaction. So there is no path of a result yet.
        """
        return DocumentPaths(self.account_id, self.job_id, -1, self.number, part)

    @property
    def document(self) -> str:
        """Path of the document's bytes."""
        return f"{self._folder}/document"

    @property
    def password(self) -> str:
        """Path of the encrypted password that opens the document; most need none."""
        return f"{self._folder}/password"

    @property
    def _folder(self) -> str:
        if self.part_of is None:
            return f"{self.account_id}/{self.job_id}/{self.number}"
        return f"{self.account_id}/{self.job_id}/{self.part_of}/part-{self.part}"

    @property
    def result(self) -> str:
        """Path of the reply to the document."""
        return f"{self.account_id}/{self.job_id}/{self.number}/result"


class JobFiles:
    """Reads and writes all files of the store.

    Its errors are `obstore.exceptions.BaseError` and `OSError`.
    """

    def __init__(self, url: str) -> None:
        """Connect lazily.

        Args:
            url: a folder, or `s3://bucket/prefix` with the credentials in AWS's own environment variables.
        """
        self._store = from_url(url) if "://" in url else LocalStore(Path(url), automatic_cleanup=True, mkdir=True)

    def put(self, path: str, data: bytes) -> None:
        """Write a file, all of it or nothing."""
        obstore.put(self._store, path, data)

    def get(self, path: str) -> bytes | None:
        """Return the content of a file, or None if there is no such file."""
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            return None

    def delete(self, path: str) -> None:
        """Delete a file if it exists."""
        with suppress(FileNotFoundError):
            obstore.delete(self._store, path)

    def delete_below(self, prefix: str) -> None:
        """Delete all files of an account, or of one of its jobs."""
        for batch in obstore.list(self._store, prefix):
            for found in batch:
                self.delete(found["path"])

    def jobs(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield account, job and time of the last change of each file."""
        for batch in obstore.list(self._store):
            for found in batch:
                account, _, rest = found["path"].partition("/")
                job, _, rest = rest.partition("/")
                if rest:
                    yield account, job, found["last_modified"]
