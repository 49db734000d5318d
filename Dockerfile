# nginx and the container in one image, as an ordinary user: http on 8080, data in /var/lib/hbnb.
#
#     docker build -t hbnb . && docker run --rm -p 8080:8080 -v hbnb:/var/lib/hbnb hbnb
#
# Settings: another /etc/hbnb/hbnb.yaml, or arguments, as in `docker run hbnb --set pools.hbnb.workers.max=8`. Logs go to stderr
# and stdout. `docker exec ID hbnbctl status` looks inside; `docker kill -s HUP ID` reloads; `docker stop` drains. podman and
# buildah keep the HEALTHCHECK when they are told to build with --format docker.

FROM debian:bookworm-slim AS build
WORKDIR /src
COPY conf/debian-packages.bash conf/
RUN bash -euc '. conf/debian-packages.bash; apt-get update; apt-get install -y --no-install-recommends "${build_packages[@]}"'
COPY . .
RUN cmake --preset release -DHBNB_TESTS=OFF && cmake --build --preset release --target product && \
    cmake --install build/release --prefix /out/usr --strip && rm -rf /out/usr/include /out/usr/lib/cmake /out/usr/lib/pkgconfig /out/usr/lib/systemd \
        /out/usr/lib/hbnb/demo /out/usr/share/hbnb/template

FROM debian:bookworm-slim
COPY conf/debian-packages.bash /tmp/
RUN bash -euc '. /tmp/debian-packages.bash; apt-get update; apt-get install -y --no-install-recommends "${image_packages[@]}"' && \
    rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*.log /var/log/apt /usr/share/doc /usr/share/man /tmp/* && \
    useradd --user-group --uid 8080 --no-create-home --home-dir /var/lib/hbnb --shell /usr/sbin/nologin hbnb && \
    install -d -o hbnb -g hbnb -m 0755 /var/lib/hbnb /run/hbnb
COPY --from=build /out/usr /usr
COPY conf/image/hbnb.yaml conf/image/nginx.conf /etc/hbnb/
COPY conf/image/start conf/image/healthy /usr/lib/hbnb/
USER hbnb
ENV HBNB_CONTROL=/run/hbnb/control.sock
VOLUME /var/lib/hbnb
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["/usr/lib/hbnb/healthy"]
ENTRYPOINT ["/usr/lib/hbnb/start"]
