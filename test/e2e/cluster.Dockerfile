# The smallest image of ours: what a Pod finds when nothing is added to the base image.
ARG BASE_IMAGE=docker.io/library/node:26-bookworm-slim
FROM ${BASE_IMAGE}
USER 10001:10001
