from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from service.jobs.job_files import DocumentPaths, JobFiles


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3-compatible store on this machine."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobFiles:
    if request.param == "folder":
        return JobFiles(str(tmp_path / "store"))
    endpoint = request.getfixturevalue("s3")
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="documents")
    return JobFiles("s3://documents/docwitness")


def test_put_get_and_delete(files: JobFiles) -> None:
    paths = DocumentPaths(1, "job_a", 0)
    assert files.get(paths.document) is None
    files.put(paths.document, b"a")
    files.put(paths.document, b"b")
    assert files.get(paths.document) == b"b"
    files.delete(paths.document)
    files.delete(paths.document)
    assert files.get(paths.document) is None


def test_all_of_a_job_and_of_an_account(files: JobFiles) -> None:
    for account, job in ((1, "job_a"), (1, "job_ab"), (2, "job_b"), (11, "job_c")):
        files.put(DocumentPaths(account, job, 0).document, b"x")
        files.put(DocumentPaths(account, job, 0).result, b"x")
    found = list(files.jobs())
    assert {(account, job) for account, job, _ in found} == {
        ("1", "job_a"),
        ("1", "job_ab"),
        ("2", "job_b"),
        ("11", "job_c"),
    }
    assert all(abs((datetime.now(UTC) - changed).total_seconds()) < 60 for *_, changed in found)
    files.delete_below("1/job_a")
    assert {job for _, job, _ in files.jobs()} == {"job_ab", "job_b", "job_c"}
    files.delete_below("1/")
    assert {job for _, job, _ in files.jobs()} == {"job_b", "job_c"}
