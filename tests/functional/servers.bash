# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Real servers for tests of fetching, all on the loopback interface of the host: a registry and a web
# server, both with TLS by a certificate authority of their own, and OpenPGP keys. Names come from
# /etc/hosts.

servers=/var/tmp/servers # what all of them keep
registry=registry.test:5443
web=images.test

# An authority, and a certificate for all names.
make_certificates() {
    mkdir -p "$servers"
    chmod 755 "$servers"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Test Authority' \
        -keyout "$servers/ca.key" -out "$servers/ca.crt" 2>/dev/null
    make_certificate server registry.test images.test other.test nginx.test
    grep -q registry.test /etc/hosts || cat >>/etc/hosts <<END
127.0.0.1 registry.test images.test other.test
127.0.0.2 nginx.test # beside registry.test
127.0.0.3 odd.test # beside registry.test
END
    know_server "$registry" "$web" registry.test:5444 registry.test:5445 registry.test nginx.test
}

# Whom the authority vouches for is believed to be this one.
know_server() { # HOST[:PORT]…
    local name
    for name; do
        mkdir -p "/etc/containers/certs.d/$name"
        ln -sf "$servers/ca.crt" "/etc/containers/certs.d/$name/ca.crt"
    done
}

make_certificate() { # FILE NAME…
    local file=$servers/$1 names
    names=$(printf ',DNS:%s' "${@:2}")
    openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$file.key" -out "$file.csr" 2>/dev/null
    openssl x509 -req -in "$file.csr" -CA "$servers/ca.crt" -CAkey "$servers/ca.key" -days 2 -out "$file.crt" \
        -extfile <(printf 'subjectAltName=%s\n' "${names:1}") 2>/dev/null
}

wait_for_port() { # PORT [ADDRESS]
    local end=$((SECONDS + 30))
    while ! (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null; do
        ((SECONDS < end)) || fail "nothing listens on port $1"
        sleep 0.05
    done
}

# The registry, or one of the same images that wants to know who asks.
start_registry() { # [NAME PORT AUTH-SECTION]
    local name=${1:-registry} port=${2:-5443}
    cat >"$servers/$name.yml" <<END
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $servers/registry}, delete: {enabled: true}}
http:
  addr: 127.0.0.1:$port
  secret: x
  tls: {certificate: $servers/server.crt, key: $servers/server.key}
${3:-}
END
    systemd-run --quiet --collect --unit="test-$name" docker-registry serve "$servers/$name.yml"
    wait_for_port "$port"
}

# On port 5444; user "user", password "password".
start_registry_with_password() {
    # shellcheck disable=SC2016 # that is perl's
    perl -e 'print "user:", crypt("password", q($2b$05$abcdefghijklmnopqrstuu)), "\n"' >"$servers/htpasswd"
    start_registry registry-password 5444 "auth: {htpasswd: {realm: tests, path: $servers/htpasswd}}"
}

# On port 5445; the web server gives tokens to the same user, and to all for what is "open/".
start_registry_with_tokens() { # REALM
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tokens -keyout "$servers/www.token-key" \
        -out "$servers/www.token-certificate" 2>/dev/null
    start_registry registry-tokens 5445 "auth: {token: {realm: '$1', service: registry, issuer: tests,
        rootcertbundle: $servers/www.token-certificate}}"
}

# Serves $servers/www, and tells of each request in $servers/www.log.
start_web() {
    mkdir -p "$servers/www"
    : >"$servers/www.log"
    systemd-run --quiet --collect --unit=test-web /usr/src/rkt/tests/functional/web-server "$servers/www" \
        "$servers/server.crt" "$servers/server.key"
    wait_for_port 443
}

# The same server, once more, as odd.test, with a certificate of its own.
start_odd_web() { # CERTIFICATE
    systemctl stop test-odd-web 2>/dev/null || :
    systemd-run --quiet --collect --unit=test-odd-web /usr/src/rkt/tests/functional/web-server "$servers/www" \
        "$servers/$1.crt" "$servers/$1.key" 127.0.0.3
    wait_for_port 443 127.0.0.3
}

# A web server as people have: $servers/nginx by https as nginx.test, slowly below /slow, a registry's files below /v2. Its log tells
# status, method, path, range and whether there were credentials.
start_nginx() {
    mkdir -p "$servers/nginx"
    cat >"$servers/nginx.conf" <<END
daemon off;
pid $servers/nginx.pid;
error_log $servers/nginx.error;
events {}
http {
    log_format tests '\$status \$request_method \$uri range=\$http_range user=\$remote_user sent=\$body_bytes_sent';
    access_log $servers/nginx.log tests;
    server {
        listen 127.0.0.2:443 ssl;
        listen 127.0.0.2:80;
        server_name nginx.test;
        ssl_certificate $servers/server.crt;
        ssl_certificate_key $servers/server.key;
        root $servers/nginx;
        location /slow { alias $servers/nginx; limit_rate 300k; }
        location /fresh { alias $servers/nginx; expires 1h; }
        location /v2/ { default_type application/vnd.oci.image.manifest.v1+json; limit_rate 0; }
        location /secret { alias $servers/nginx; auth_basic tests; auth_basic_user_file $servers/htpasswd; }
    }
}
END
    systemd-run --quiet --collect --unit=test-nginx nginx -c "$servers/nginx.conf"
    wait_for_port 443 127.0.0.2
}

# On port 8888, telling in its log whom it was asked for.
start_proxy() {
    cat >"$servers/tinyproxy.conf" <<END
Port 8888
Listen 127.0.0.1
LogFile "$servers/proxy.log"
LogLevel Connect
Allow 127.0.0.1
ConnectPort 443
ConnectPort 5443
END
    systemd-run --quiet --collect --unit=test-proxy tinyproxy -d -c "$servers/tinyproxy.conf"
    wait_for_port 8888
}

# How often the web server was asked for what begins so, since the last time somebody wanted to know.
requests() { # PATH
    grep -c "GET $1" "$servers/www.log" || :
    : >"$servers/www.log"
}

# A page that tells where images below a prefix are, and keys.
discovery_page() { # FILE PREFIX
    printf '<html><head><meta name="ac-discovery" content="%s https://images.test/{name}-{version}.{ext}">
<meta name="ac-discovery-pubkeys" content="%s https://images.test/good.asc"></head></html>\n' "$2" "$2" >"$1"
}

# Copy an image of a local layout into the registry.
push() { # LAYOUT:REF NAME:TAG [FLAG…]
    local from=$1 to=$2
    shift 2
    skopeo copy --quiet --insecure-policy "$@" "oci:$from" "docker://$registry/$to"
}

stop_servers() {
    systemctl stop 'test-registry*' 'test-*web.service' test-nginx test-proxy 2>/dev/null
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

# Collects pods and images and removes what else is named. Whatever failed on the way: nothing half
# fetched stays, and nothing that has no image.
leave_nothing() { # FILE…
    local left
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image gc --grace-period=0s >/dev/null 2>&1
    rm -rf "$@"
    assert_nothing_left
    left=$(find /var/lib/rkt/cas -mindepth 2 -not -type d)
    assert_equal "$left" ''
}
