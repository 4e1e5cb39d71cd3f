# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /opt/venv
# The server's requirements change less often than its code, so this layer is usually cached.
COPY requirements/server.txt requirements/
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements/server.txt
# "parquet,layoutlmv3" adds torch for checkpoints of your own: docs/extractors.md. Extras have exact versions, no hashes.
ARG EXTRAS=parquet
# For torch without a GPU: https://download.pytorch.org/whl/cpu
ARG PIP_EXTRA_INDEX_URL=
COPY constraints.txt pyproject.toml README.md LICENSE NOTICE ./
COPY docwitness_server docwitness_server
COPY schemas schemas
COPY documents documents
COPY extractors extractors
COPY grounding grounding
COPY checks checks
COPY accounts accounts
COPY service service
RUN /opt/venv/bin/pip install --no-cache-dir --constraint constraints.txt ".[$EXTRAS]"

FROM python:3.11-slim
# Poppler renders what PDFium cannot. With OFFICE=1, LibreOffice opens office files; the image is much larger then.
ARG OFFICE=
RUN apt-get update \
    && apt-get install -y --no-install-recommends poppler-utils ${OFFICE:+libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui} \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data docwitness && install -d -o docwitness /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DOCWITNESS_DATA_DIR=/data
USER docwitness
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD ["docwitness-server", "serve", "--host", "0.0.0.0", "--port", "7860"]
