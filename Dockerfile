# syntax=docker/dockerfile:1
#   docker build -t monthly-packs .
#   docker run -p 3000:3000 -v monthly-packs:/var/lib/monthly-packs monthly-packs

FROM node:22-bookworm-slim AS node

FROM rust:1.96-bookworm AS build
COPY --from=node /usr/local /usr/local
WORKDIR /src
# The tools first: this layer is built anew only when the scripts or a lock file change.
COPY scripts scripts
COPY Cargo.lock package.json package-lock.json .npmrc ./
RUN scripts/setup run
COPY . .
RUN scripts/build

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates fonts-noto-core fonts-wqy-microhei fonts-symbola \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/monthly-packs monthly-packs
COPY --from=build /src/target/app /opt/monthly-packs
COPY LICENSE /opt/monthly-packs/
ENV LEPTOS_SITE_ADDR=0.0.0.0:3000 \
    PATH=/opt/monthly-packs:$PATH
USER monthly-packs
WORKDIR /var/lib/monthly-packs
VOLUME /var/lib/monthly-packs
EXPOSE 3000
CMD ["sh", "-c", "monthly-packs migrate && exec monthly-packs serve"]
