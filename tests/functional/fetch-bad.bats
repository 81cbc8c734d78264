#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Servers that do wrong, by accident or on purpose: one error, status 254, and nothing is kept.

# run sets the rest.
# shellcheck disable=SC2154

load helper
load images
load servers

cas=/var/lib/rkt/cas

setup_file() {
    export images=/var/tmp/fetch-bad
    mkdir -p "$images"
    make_certificates
    know_server other.test odd.test
    make_layout "$images/layout" latest --config.entrypoint=/bin/echo --config.cmd='from a registry'
    make_key good
    make_aci "$images/signed.aci" images.test/app "$(exec_of /bin/echo signed)"
    sign good "$images/signed.aci"
    start_web
    cp "$images"/signed.aci* "$servers/www"
    make_registry_files
}

# What a registry has, as files; the web server minds its manners by the repository's name.
make_registry_files() {
    local good=$servers/www/v2/good/app
    mkdir -p "$good/manifests" "$good/blobs"
    digest=$(jq -r '.manifests[0].digest' "$images/layout/index.json")
    for blob in "$images"/layout/blobs/sha256/*; do
        cp "$blob" "$good/blobs/sha256:${blob##*/}"
    done
    cp "$images/layout/blobs/sha256/${digest:7}" "$good/manifests/1.0"
    cp "$images/layout/blobs/sha256/${digest:7}" "$good/manifests/$digest"
    for manner in short flaky wrong longer endless head line garbage busy downgrade away loop guard never; do
        for where in manifests blobs; do
            ln -s good "$servers/www/v2/$manner-$where"
        done
    done
}

teardown_file() {
    stop_servers
    rm -rf "$images"
}

teardown() {
    leave_nothing /etc/rkt
}

insecure() {
    rkt --insecure-options=image "$@"
}

# Without any gc.
assert_nothing_kept() {
    run -0 find "$cas/blobs" "$cas/tree" "$cas/tmp" "$cas/downloads" -type f
    assert_equal "$output" ''
    run -0 rkt image list --no-legend
    assert_equal "$output" ''
}

# The one line that is no note about retries.
assert_one_error() { # WANT
    local error
    error=$(grep -v 'trying again' <<<"$stderr")
    [[ $(wc -l <<<"$error") -eq 1 && $error == "fetch: "* ]] || fail 'not one error:' "$stderr"
    assert_contains "$error" "$1"
}

@test "registry: the same files do if the server is good" {
    run -0 --separate-stderr insecure run docker://images.test/good/app:1.0
    assert_equal "$output" 'from a registry'
    run -0 --separate-stderr insecure fetch docker://images.test/away-blobs/app:1.0
    assert_equal "$(grep -c 'other.test.*GET /v2/good' "$servers/www.log")" 1 # the config: the layer is there
}

@test "registry: servers that do wrong" {
    mkdir -p "$cas/downloads"
    while IFS='|' read -r name want; do
        run -254 --separate-stderr insecure fetch "docker://images.test/$name"
        assert_equal "$output" ''
        assert_one_error "$want"
        assert_nothing_kept
    done <<END
endless-manifests/app:1.0|the server sends more than
wrong-manifests/app@$(jq -r '.manifests[0].digest' "$images/layout/index.json")|expected sha256:
longer-manifests/app:1.0|
head-manifests/app:1.0|the server sends more than 65536 bytes of headers
line-manifests/app:1.0|
garbage-manifests/app:1.0|HTTP/0.9
loop-manifests/app:1.0|too many redirects
downgrade-manifests/app:1.0|is not https
endless-blobs/app:1.0|the server sends more than
wrong-blobs/app:1.0|expected sha256:
longer-blobs/app:1.0|bytes instead of
head-blobs/app:1.0|the server sends more than 65536 bytes of headers
garbage-blobs/app:1.0|images.test/garbage-blobs
loop-blobs/app:1.0|too many redirects
downgrade-blobs/app:1.0|is not https
END
}

@test "registry: a connection that is cut each time" {
    run -254 --separate-stderr insecure fetch docker://images.test/short-blobs/app:1.0
    assert_contains "$stderr" 'trying again in 0.5 s'
    assert_contains "$stderr" 'trying again in 1.0 s'
    assert_one_error 'unable to fetch docker image'
    assert_nothing_kept
}

@test "registry: a connection that is cut now and then: no byte comes twice" {
    : >"$servers/www.log"
    run -0 --separate-stderr insecure run docker://images.test/flaky-blobs/app:1.0
    assert_equal "$output" 'from a registry'
    assert_contains "$stderr" 'trying again in'
    layer=$(jq -r '.layers[0].digest' "$servers/www/v2/good/app/manifests/1.0")
    run -0 grep "GET /v2/flaky-blobs/app/blobs/$layer" "$servers/www.log"
    assert_equal "${#lines[@]}" 3
    assert_contains "${lines[0]}" '" 200'
    assert_contains "${lines[1]}" '" 206'
    assert_contains "${lines[2]}" '" 206'
    cp "$images/signed.aci" "$servers/www/flaky.aci"
    run -0 --separate-stderr insecure fetch https://images.test/flaky.aci
}

@test "registry: it is busy, and says when to come again" {
    run -0 --separate-stderr insecure fetch docker://images.test/busy-blobs/app:1.0
    assert_contains "$stderr" 'the server answers with status 503; trying again in 1.0 s'
}

@test "registry: it asks who we are again and again" {
    mkdir -p /etc/rkt/auth.d
    jq -n '{rktKind: "dockerAuth", rktVersion: "v1", registries: ["images.test"],
        credentials: {user: "user", password: "password"}}' >/etc/rkt/auth.d/images.json
    : >"$servers/www.log"
    run -254 --separate-stderr insecure fetch docker://images.test/never-manifests/app:1.0
    assert_one_error 'status 40'
    (($(wc -l <"$servers/www.log") <= 3)) || fail "$(<"$servers/www.log")"
    assert_nothing_kept
}

@test "a01: credentials stay where they belong" {
    mkdir -p /etc/rkt/auth.d
    jq -n '{rktKind: "dockerAuth", rktVersion: "v1", registries: ["images.test"],
        credentials: {user: "user", password: "password"}}' >/etc/rkt/auth.d/docker.json
    jq -n '{rktKind: "auth", rktVersion: "v1", domains: ["images.test"], type: "basic",
        credentials: {user: "user", password: "password"}}' >/etc/rkt/auth.d/auth.json
    : >"$servers/www.log"
    run -0 --separate-stderr insecure run docker://images.test/guard-blobs/app:1.0
    assert_equal "$output" 'from a registry'
    run -0 --separate-stderr insecure fetch https://images.test/away-signed.aci
    run -0 grep '^images.test.* as Basic' "$servers/www.log"
    run -0 grep '^other.test' "$servers/www.log"
    [[ $output != *' as '* ]] || fail "$output"
    # Where a manifest says that a layer is elsewhere, nobody looks.
    mkdir -p "$servers/www/v2/foreign/app/manifests" "$servers/www/v2/foreign/app/blobs"
    cp "$servers"/www/v2/good/app/blobs/* "$servers/www/v2/foreign/app/blobs"
    jq '.layers[0].urls = ["https://other.test/v2/good/app/blobs/" + .layers[0].digest]' \
        "$servers/www/v2/good/app/manifests/1.0" >"$servers/www/v2/foreign/app/manifests/1.0"
    rm "$servers/www/v2/foreign/app/blobs/$(jq -r '.layers[0].digest' "$servers/www/v2/foreign/app/manifests/1.0")"
    rkt image gc --grace-period=0s >/dev/null 2>&1
    insecure image rm images.test/good/app >/dev/null 2>&1 || :
    : >"$servers/www.log"
    rkt image list --no-legend --fields=id | xargs -r rkt image rm >/dev/null
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image gc --grace-period=0s >/dev/null 2>&1
    run -254 --separate-stderr insecure fetch docker://images.test/foreign/app:1.0
    assert_one_error 'status 404'
    [[ $(<"$servers/www.log") != *other.test* ]] || fail "$(<"$servers/www.log")"
}

@test "a06: a document that is two things at once is refused" {
    mkdir -p "$servers/www/v2/both/app/manifests"
    jq '.manifests = [.config]' "$servers/www/v2/good/app/manifests/1.0" >"$servers/www/v2/both/app/manifests/1.0"
    run -254 --separate-stderr insecure fetch docker://images.test/both/app:1.0
    assert_one_error 'unable to fetch docker image'
    jq '.mediaType = "application/vnd.oci.image.index.v1+json"' "$servers/www/v2/good/app/manifests/1.0" \
        >"$servers/www/v2/both/app/manifests/1.0"
    run -254 --separate-stderr insecure fetch docker://images.test/both/app:1.0
    assert_one_error 'unable to fetch docker image'
    assert_nothing_kept
}

@test "a04: digests that are none" {
    mkdir -p "$servers/www/v2/digest/app/manifests"
    hex=$(jq -r '.layers[0].digest[7:]' "$servers/www/v2/good/app/manifests/1.0")
    for digest in 'sha256:../../../../../../etc/passwd' "sha256:${hex^^}" "sha256:${hex:1}" "sha1:$hex" \
        "sha256:$(printf '/%.0s' {1..64})" "$hex" ''; do
        jq --arg digest "$digest" '.layers[0].digest = $digest' "$servers/www/v2/good/app/manifests/1.0" \
            >"$servers/www/v2/digest/app/manifests/1.0"
        run -254 --separate-stderr insecure fetch docker://images.test/digest/app:1.0
        assert_one_error 'unable to fetch docker image'
    done
    assert_nothing_kept
}

@test "a03: nobody who might be another one is believed" {
    trust_key good images.test
    make_certificate wrong somebody.test
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=odd.test -addext subjectAltName=DNS:odd.test \
        -keyout "$servers/self.key" -out "$servers/self.crt" 2>/dev/null
    make_certificate old odd.test
    # One that has ended: its days are counted from a time that is over.
    mkdir -p "$servers/ca"
    : >"$servers/ca/index"
    printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s/ca/index\nnew_certs_dir=%s/ca\nrand_serial=yes\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n' \
        "$servers" "$servers" >"$servers/ca/config"
    openssl req -new -key "$servers/old.key" -subj /CN=odd.test -addext subjectAltName=DNS:odd.test -out "$servers/old.csr"
    openssl ca -batch -config "$servers/ca/config" -cert "$servers/ca.crt" -keyfile "$servers/ca.key" -md sha256 -notext \
        -startdate 20200101000000Z -enddate 20200201000000Z -in "$servers/old.csr" -out "$servers/old.crt" 2>/dev/null
    for certificate in wrong self old; do
        start_odd_web "$certificate"
        run -254 --separate-stderr rkt fetch https://odd.test/signed.aci
        assert_contains "$stderr" 'certificate'
        run -254 --separate-stderr insecure fetch docker://odd.test/good/app:1.0
        assert_contains "$stderr" 'certificate'
        run -254 --separate-stderr rkt trust --prefix=odd.test --skip-fingerprint-review https://odd.test/good.asc
        assert_nothing_kept
        # Signatures still count where the server does not.
        run -0 --separate-stderr rkt --insecure-options=tls fetch https://odd.test/signed.aci
        rkt image rm images.test/app >/dev/null 2>&1 || rkt image list --no-legend --fields=id | xargs rkt image rm >/dev/null
        rkt image gc --grace-period=0s >/dev/null 2>&1
    done
    systemctl stop test-odd-web
    systemd-run --quiet --collect --unit=test-odd-web openssl s_server -quiet -accept 127.0.0.3:443 -tls1_1 -www \
        -cipher DEFAULT@SECLEVEL=0 -cert "$servers/server.crt" -key "$servers/server.key"
    wait_for_port 443 127.0.0.3
    run -254 --separate-stderr rkt fetch https://odd.test/signed.aci
    assert_nothing_kept
}

@test "web: servers that do wrong" {
    trust_key good images.test
    mkdir -p "$cas/downloads"
    for manner in wrong longer head line garbage loop; do
        cp "$images/signed.aci" "$servers/www/$manner.aci"
        cp "$images/signed.aci.asc" "$servers/www/$manner.aci.asc"
        # The server does the same to the signature; a good one is given by hand.
        run -254 --separate-stderr rkt fetch "https://images.test/$manner.aci" --signature="$images/signed.aci.asc"
        assert_equal "$output" ''
        assert_contains "$stderr" 'fetch: unable to fetch image from URL'
        assert_nothing_kept
        run -254 --separate-stderr rkt fetch "https://images.test/$manner.aci"
        assert_contains "$stderr" 'fetch: unable to fetch image from URL'
        assert_nothing_kept
    done
}

@test "web: an image without an end does not fill the disk" {
    mkdir -p "$images/small"
    mount -t tmpfs -o size=64m tmpfs "$images/small"
    trust_key good images.test
    run -254 --separate-stderr rkt --dir="$images/small" fetch https://images.test/endless.aci \
        --signature="$images/signed.aci.asc"
    assert_one_error 'the server sends more than'
    (($(df --output=used -k "$images/small" | tail -n 1) < 4096)) || fail "$(find "$images/small" -size +1M)"
    umount "$images/small"
}

# shellcheck disable=SC2030
@test "names: pages without an end, or that lead astray" {
    trust_key good images.test
    mkdir -p "$cas/downloads" "$servers/www/endless" "$servers/www/loop"
    for name in images.test/endless images.test/loop images.test/garbage images.test/head; do
        run -254 --separate-stderr rkt fetch "$name"
        assert_one_error "unable to fetch image from image name \"$name\""
    done
    # A page of a megabyte, of tags that are not closed, and of ten thousand places.
    mkdir -p "$servers/www/images.test"
    for page in 'print("<meta name=\"ac-discovery\" content=\"" + "x" * 900000)' 'print("<" * 900000)' \
        'print("<meta name=ac-discovery content=\"images.test https://images.test/none-{version}.{ext}\">" * 10000)'; do
        python3 -c "$page" >"$servers/www/.html"
        : >"$servers/www.log"
        run -254 --separate-stderr rkt fetch images.test/app
        assert_contains "$stderr" 'unable to fetch image from image name "images.test/app"'
        (($(wc -l <"$servers/www.log") < 200)) || fail "$(wc -l <"$servers/www.log") requests"
    done
    rm "$servers/www/.html"
    assert_nothing_kept
}

@test "http is not spoken to registries and pages unless somebody says so" {
    trust_key good images.test
    printf '<meta name="ac-discovery" content="odd.test http://images.test/signed.{ext}">' >"$servers/www/.html"
    systemctl stop test-odd-web 2>/dev/null || :
    systemd-run --quiet --collect --unit=test-odd-web python3 -m http.server --bind 127.0.0.3 \
        --directory "$servers/www" 80
    wait_for_port 80 127.0.0.3
    run -254 --separate-stderr insecure fetch docker://odd.test/good/app:1.0
    run -254 --separate-stderr insecure fetch odd.test/app
    assert_nothing_kept
    run -0 --separate-stderr rkt --insecure-options=image,http fetch docker://odd.test:80/good/app:1.0
    rm "$servers/www/.html"
}
