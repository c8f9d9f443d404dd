# The service alone: no compiler, no pip of its own, no shell scripts. docs/how-to/deploy-on-compose.md says how to use it.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/widget-service
COPY requirements/run.txt requirements/run.txt
RUN python -m pip --python /opt/widget-service/bin/python install --no-cache-dir --require-hashes -r requirements/run.txt
COPY sdk/python sdk/python
COPY service service
RUN python -m pip --python /opt/widget-service/bin/python install --no-cache-dir --no-deps --no-build-isolation ./sdk/python ./service

FROM ${PYTHON_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Widget Service" \
      org.opencontainers.image.description="Holds the keys of other people's APIs, so that widgets in a browser can use them." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/widget-service /opt/widget-service
RUN install -d -o 10001 -g 10001 -m 0700 /data
ENV PATH=/opt/widget-service/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WIDGET_SERVICE_DATA_DIR=/data \
    WIDGET_SERVICE_HOST=0.0.0.0 \
    WIDGET_SERVICE_ADMIN_HOST=0.0.0.0 \
    WIDGET_SERVICE_ADMIN_URL=http://127.0.0.1:8401
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8400 8401
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["widget-service", "health"]
ENTRYPOINT ["widget-service"]
CMD ["serve"]
