# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Real servers for tests of fetching, all on the loopback interface of the host: a registry and a web
# server, both with TLS by a certificate authority of their own, and OpenPGP keys. Names come from
# /etc/hosts.

servers=/var/tmp/servers # what all of them keep
registry=registry.test:5443
web=images.test

# An authority, and a certificate for both names.
make_certificates() {
    mkdir -p "$servers"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Test Authority' \
        -keyout "$servers/ca.key" -out "$servers/ca.crt" 2>/dev/null
    make_certificate server registry.test images.test other.test
    grep -q registry.test /etc/hosts ||
        echo '127.0.0.1 registry.test images.test other.test' >>/etc/hosts
    mkdir -p "/etc/containers/certs.d/$registry" "/etc/containers/certs.d/$web"
    ln -sf "$servers/ca.crt" "/etc/containers/certs.d/$registry/ca.crt"
    ln -sf "$servers/ca.crt" "/etc/containers/certs.d/$web/ca.crt"
}

make_certificate() { # FILE NAME…
    local file=$servers/$1 names
    names=$(printf ',DNS:%s' "${@:2}")
    openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$file.key" -out "$file.csr" 2>/dev/null
    openssl x509 -req -in "$file.csr" -CA "$servers/ca.crt" -CAkey "$servers/ca.key" -days 2 -out "$file.crt" \
        -extfile <(printf 'subjectAltName=%s\n' "${names:1}") 2>/dev/null
}

wait_for_port() { # PORT
    local end=$((SECONDS + 10))
    while ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
        ((SECONDS < end)) || fail "nothing listens on port $1"
        sleep 0.05
    done
}

start_registry() {
    cat >"$servers/registry.yml" <<END
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $servers/registry}, delete: {enabled: true}}
http:
  addr: 127.0.0.1:5443
  secret: x
  tls: {certificate: $servers/server.crt, key: $servers/server.key}
END
    systemd-run --quiet --collect --unit=test-registry docker-registry serve "$servers/registry.yml"
    wait_for_port 5443
}

# Copy an image of a local layout into the registry.
push() { # LAYOUT:REF NAME:TAG [FLAG…]
    local from=$1 to=$2
    shift 2
    skopeo copy --quiet --insecure-policy "$@" "oci:$from" "docker://$registry/$to"
}

stop_servers() {
    systemctl stop test-registry test-web 2>/dev/null
    rm -rf "$servers" /etc/containers/certs.d /etc/rkt
    sed -i '/registry.test/d' /etc/hosts
}

# A key of one's own, in $servers/NAME.asc, and its fingerprint in $servers/NAME.fingerprint.
make_key() { # NAME
    local home=$servers/gnupg
    mkdir -p "$home"
    chmod 700 "$home"
    gpg --homedir "$home" --batch --quiet --passphrase '' --quick-generate-key "$1 <$1@example.com>" ed25519 sign never
    gpg --homedir "$home" --batch --quiet --armor --export "$1@example.com" >"$servers/$1.asc"
    gpg --homedir "$home" --batch --with-colons --list-keys "$1@example.com" |
        awk -F: '/^fpr/ { print tolower($10); exit }' >"$servers/$1.fingerprint"
}

sign() { # KEY FILE [FLAG…]
    local key=$1 file=$2
    shift 2
    gpg --homedir "$servers/gnupg" --batch --quiet --yes --local-user "$key@example.com" --detach-sign --armor \
        "$@" --output "$file.asc" "$file"
}

# Put a key where rkt trust would.
trust_key() { # NAME PREFIX
    local dir=/etc/rkt/trustedkeys/prefix.d/$2
    mkdir -p "$dir"
    cp "$servers/$1.asc" "$dir/$(<"$servers/$1.fingerprint")"
}
