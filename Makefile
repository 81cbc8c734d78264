# SPDX-License-Identifier: Apache-2.0
#
# Thin: names what there is to do, and the packages it takes. meson does the rest.

BUILD_PACKAGES = \
	binutils \
	gcc \
	libbz2-dev \
	libcmocka-dev \
	libcurl4-openssl-dev \
	libjson-c-dev \
	liblzma-dev \
	libseccomp-dev \
	libsqlite3-dev \
	libssl-dev \
	libsystemd-dev \
	libzstd-dev \
	meson \
	ninja-build \
	pkgconf \
	systemd \
	systemd-container \
	zlib1g-dev \
	$(ISAL)

# Reads gzip in half of zlib's time, where Debian has it.
ISAL = $(if $(filter amd64,$(shell dpkg --print-architecture)),libisal-dev)

TEST_PACKAGES = \
	bats \
	bsdextrautils \
	bsdutils \
	clang-format \
	cpio \
	debootstrap \
	docker-registry \
	fish \
	git \
	gnupg \
	gpgv \
	iproute2 \
	jq \
	libarchive-dev \
	mandoc \
	mmdebstrap \
	mount \
	openssl \
	patchelf \
	perl-base \
	procps \
	python3-minimal \
	shellcheck \
	skopeo \
	squashfs-tools \
	umoci \
	util-linux \
	zsh

# What "make test-full" makes its virtual machine with, a second compiler, its fuzzer, and what systemd is built with.
FULL_PACKAGES = \
	clang \
	dpkg-dev \
	e2fsprogs \
	gperf \
	libcap-dev \
	libclang-rt-14-dev \
	libfuzzer-14-dev \
	libmount-dev \
	openssh-client \
	python3-jinja2 \
	qemu-system-x86 \
	qemu-utils

# Whom fetching and importing are measured against, and what that takes.
BENCH_PACKAGES = \
	jq \
	openssl \
	podman \
	python3 \
	skopeo \
	umoci \
	zstd

# What "make run" makes its images with, and asks its pod with.
RUN_PACKAGES = \
	curl \
	mmdebstrap \
	umoci

.PHONY: all
all: build

.PHONY: help
help:
	@echo 'make             build into build/'
	@echo 'make install     install what was built (DESTDIR= is heeded)'
	@echo 'make run         build, and show a pod from start to end on a test host'
	@echo 'make test        build, and run all tests; the last line counts them'
	@echo 'make test-full   the same on every system and in a virtual machine'
	@echo 'make bench       measure, and compare with others'
	@echo 'make bench-import  the same for imports of images; takes half an hour'
	@echo 'make deps        install the Debian packages all this takes'
	@echo 'make clean       remove what was built'

.PHONY: deps
deps:
	@tests/deps $(BUILD_PACKAGES) $(TEST_PACKAGES)

.PHONY: build
build: build/build.ninja
	ninja -C build --quiet

build/build.ninja:
	meson setup build

# The same sources under the address and undefined-behaviour sanitizers.
.PHONY: build-test
build-test: build-test/build.ninja
	ninja -C build-test --quiet

build-test/build.ninja:
	meson setup build-test -Db_sanitize=address,undefined

.PHONY: install
install: build
	meson install -C build --quiet --no-rebuild

.PHONY: run
run: deps
	@tests/deps $(RUN_PACKAGES)
	@$(MAKE) --no-print-directory build
	@tests/demo/run

.PHONY: test
test: deps
	@$(MAKE) --no-print-directory build build-test
	@tests/run

.PHONY: test-full
test-full: deps
	@tests/deps $(FULL_PACKAGES)
	@$(MAKE) --no-print-directory build build-test
	@tests/run --full

.PHONY: bench
bench: deps
	@tests/deps $(BENCH_PACKAGES)
	@$(MAKE) --no-print-directory build
	@bench/run
	@bench/fetch

.PHONY: bench-import
bench-import: deps
	@tests/deps $(BENCH_PACKAGES)
	@$(MAKE) --no-print-directory build
	@bench/import

.PHONY: clean
clean:
	rm -rf build build-test build-clang build-fuzz build-src
