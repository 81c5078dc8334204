# The image of um-operator. Debian's own Python: security updates come with the base.
#
# Pin the base where you build, by the digest that your registry shows for the tag:
#   docker build --build-arg BASE=debian:bookworm-slim@sha256:… .
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS builder
# gssapi and krb5 exist as source only.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      gcc libc6-dev libkrb5-dev python3-dev python3-venv
WORKDIR /source
COPY requirements/build.txt requirements/image.txt requirements/
# Everything by hash, the builders as well: nothing is resolved here.
RUN python3 -m venv /builder \
 && /builder/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements/build.txt \
 && CFLAGS="-O2 -g0" /builder/bin/pip wheel --no-cache-dir --require-hashes --no-deps \
      --no-build-isolation --check-build-dependencies --only-binary=:all: --no-binary=gssapi,krb5 \
      --wheel-dir=/wheels -r requirements/image.txt
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN /builder/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --check-build-dependencies \
      --wheel-dir=/wheels .
RUN python3 -m venv --without-pip /opt/um-operator \
 && /builder/bin/pip --python=/opt/um-operator/bin/python install --no-cache-dir --no-index --no-deps /wheels/*.whl

FROM ${BASE}
# Kerberos' libraries without its commands: a keytab or a password is used in the process.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      ca-certificates libgssapi-krb5-2 libkrb5-3 python3 tzdata \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/log/* \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && groupadd --gid=65532 um-operator \
 && useradd --uid=65532 --gid=65532 --no-create-home --home-dir=/nonexistent --shell=/usr/sbin/nologin um-operator
COPY --from=builder /opt/um-operator /opt/um-operator
# The root file system may be read-only; what passes through files goes to /tmp.
ENV PATH=/opt/um-operator/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
LABEL org.opencontainers.image.title="um-operator" \
      org.opencontainers.image.description="Desired state for Exchange Unified Messaging, kept true by a Kubernetes operator" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["um-operator"]
