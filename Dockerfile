# AutoDeck in a container: UNTRIED so far, no container engine was at hand where it was written.
#   docker build -t autodeck . && docker compose up
# The image holds one program and no PostgreSQL: give it DATABASE_URL (compose.yaml does).

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin autodeck

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home autodeck
COPY --from=build /src/target/release/autodeck /usr/local/bin/autodeck
USER 10001
# Nothing is written but here, and only by the built-in model's download: run with --read-only and a volume.
VOLUME /data
ENV AUTODECK_DATA_DIR=/data AUTODECK_LISTEN=0.0.0.0:3000
EXPOSE 3000
# SIGTERM is answered within five seconds (contract: waiting polls, then streams at their next card).
STOPSIGNAL SIGTERM
ENTRYPOINT ["autodeck"]
CMD ["serve"]
