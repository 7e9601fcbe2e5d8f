# The one image of OpenReg: operator, runner and the command line, each a bundle that Node runs.
#
#   npm run bundle && docker build --tag openreg .
#
# BASE_IMAGE is a Debian with Node 26 at /usr/local/bin/node; releases name it by digest.
ARG BASE_IMAGE=docker.io/library/node:26-bookworm-slim

# The bundles come from the checkout; the Node that is shipped must be able to read them.
FROM ${BASE_IMAGE} AS bundles
COPY dist/ /bundles/
RUN for bundle in /bundles/*.cjs; do node --check "$bundle" || exit 1; done

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=""
LABEL org.opencontainers.image.title="OpenReg" \
      org.opencontainers.image.description="Operator and runner for regulatory reporting on Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The runner checks XML documents with xmllint; a base image may have it already.
RUN command -v xmllint >/dev/null || \
  { apt-get update && apt-get install --yes --no-install-recommends libxml2-utils && rm -rf /var/lib/apt/lists/*; }
# A name for the user id, for programs that ask; nothing in the image belongs to it or can be written by it.
RUN echo "openreg:x:10001:10001:OpenReg:/nonexistent:/usr/sbin/nologin" >> /etc/passwd && echo "openreg:x:10001:" >> /etc/group
# The command line for people, and for kubectl as its plugin.
RUN ln -s /app/openreg.cjs /usr/local/bin/openreg && ln -s openreg /usr/local/bin/kubectl-openreg
WORKDIR /app
COPY LICENSE ./
COPY --from=bundles /bundles/ ./
ENV NODE_ENV=production
USER 10001:10001
# Run Pods name their own: node /app/runner.cjs
ENTRYPOINT ["node"]
CMD ["/app/operator.cjs"]
