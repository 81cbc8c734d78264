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
    for manner in short flaky wrong longer endless head line garbage busy downgrade away loop guard never \
        tail less type error negative lengths chunk nul squeezed realm plain; do
        for where in manifests blobs configs layers; do
            ln -s good "$servers/www/v2/$manner-$where"
        done
    done
}

# A repository of the good one's blobs with another manifest, made from that one by jq.
make_manifest() { # REPOSITORY JQ-PROGRAM [FLAG…]
    local dir=$servers/www/v2/$1/app program=$2
    shift 2
    mkdir -p "$dir/manifests" "$dir/blobs"
    cp -n "$servers"/www/v2/good/app/blobs/* "$dir/blobs"
    jq "$@" "$program" "$servers/www/v2/good/app/manifests/1.0" >"$dir/manifests/1.0"
}

# The same with another config.
make_config() { # REPOSITORY JQ-PROGRAM [FLAG…]
    local repository=$1 program=$2
    shift 2
    make_manifest "$repository" .
    jq "$@" "$program" "$servers/www/v2/good/app/blobs/$(jq -r .config.digest "$servers/www/v2/good/app/manifests/1.0")" \
        >"$images/config"
    add_blob "$repository" "$images/config"
    # shellcheck disable=SC2016 # those are jq's
    make_manifest "$repository" '.config += {digest: $digest, size: $size}' --arg digest "$blob_digest" \
        --argjson size "$blob_size"
}

add_blob() { # REPOSITORY FILE
    mkdir -p "$servers/www/v2/$1/app/blobs"
    blob_digest=sha256:$(sha256sum <"$2" | cut -d ' ' -f 1)
    blob_size=$(stat --format=%s "$2")
    cp "$2" "$servers/www/v2/$1/app/blobs/$blob_digest"
}

# An image of this one layer.
make_layer() { # REPOSITORY COMPRESSION FILE
    add_blob "$1" "$3"
    # shellcheck disable=SC2016 # those are jq's
    make_manifest "$1" '.layers = [{mediaType: $type, digest: $digest, size: $size}]' --argjson size "$blob_size" \
        --arg digest "$blob_digest" --arg type "application/vnd.oci.image.layer.v1.tar+$2"
}

# An index of one document, under a tag.
make_index() { # REPOSITORY KIND-OF-DOCUMENT DOCUMENT
    local dir=$servers/www/v2/$1/app
    mkdir -p "$dir/manifests"
    add_blob "$1" "$3"
    cp "$3" "$dir/manifests/$blob_digest"
    # shellcheck disable=SC2016 # those are jq's
    jq -n '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [{mediaType: $type,
        digest: $digest, size: $size, platform: {os: "linux", architecture: $arch}}]}' --arg digest "$blob_digest" \
        --argjson size "$blob_size" --arg type "application/vnd.oci.image.$2.v1+json" \
        --arg arch "$(dpkg --print-architecture)" >"$images/index"
    cp "$images/index" "$dir/manifests/1.0"
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
    local kept
    kept=$(find "$cas"/{blobs,tree,tmp,downloads} -type f 2>/dev/null || :)
    assert_equal "$kept" ''
    run -0 rkt image list --no-legend
    assert_equal "$output" ''
}

forget_images() {
    rkt image list --no-legend --fields=id | xargs --no-run-if-empty rkt image rm >/dev/null
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image gc --grace-period=0s >/dev/null 2>&1
}

# The one line that is no note about retries, or about what came whole.
assert_one_error() { # WANT
    local error
    error=$(grep -v -e 'trying again' -e 'iB in ' <<<"$stderr")
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
    run -254 --separate-stderr insecure fetch docker://images.test/short-layers/app:1.0
    assert_contains "$stderr" 'trying again in 0.5 s'
    assert_contains "$stderr" 'trying again in 1.0 s'
    assert_one_error 'unable to fetch docker image'
    # What came may be of use; it is the one thing that stays, until gc.
    run -0 find "$cas/downloads" -type f -printf '%f\n'
    [[ $output =~ ^sha256-[0-9a-f]{64}$ ]] || fail "$output"
    rkt image gc --grace-period=0s >/dev/null 2>&1
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

@test "a05: what comes has the digest and the size that it must have, packed and unpacked" {
    digest=$(jq -r '.manifests[0].digest' "$images/layout/index.json")
    while IFS='|' read -r name want; do
        run -254 --separate-stderr insecure fetch "docker://images.test/$name"
        assert_one_error "$want"
        assert_nothing_kept
    done <<END
wrong-configs/app:1.0|expected sha256:
longer-configs/app:1.0|bytes
tail-configs/app:1.0|bytes instead of
less-configs/app:1.0|bytes instead of
wrong-layers/app:1.0|cannot decompress
longer-layers/app:1.0|the server wants to send
tail-layers/app:1.0|the server sends more than
less-layers/app:1.0|bytes instead of
less-manifests/app@$digest|expected sha256:
tail-manifests/app@$digest|expected sha256:
END
    # Whoever makes the config says what the layer is once it is unpacked.
    make_config unpacked '.rootfs.diff_ids[0] = "sha256:" + "0" * 64'
    run -254 --separate-stderr insecure fetch docker://images.test/unpacked/app:1.0
    assert_one_error 'layer as it is unpacked: expected sha256:000'
    for change in '.layers[0].size += 1' '.layers[0].size -= 1' '.config.size += 1' '.layers[0].size = -1' \
        '.layers[0].size = 1e30' '.config.size = 9223372036854775807'; do
        make_manifest sizes "$change"
        run -254 --separate-stderr insecure fetch docker://images.test/sizes/app:1.0
        assert_one_error 'unable to fetch docker image'
    done
    assert_nothing_kept
}

@test "a06: a document that is two things at once is refused" {
    make_manifest both '.manifests = [.config]'
    run -254 --separate-stderr insecure fetch docker://images.test/both/app:1.0
    assert_one_error 'unable to fetch docker image'
    make_manifest both '.mediaType = "application/vnd.oci.image.index.v1+json"'
    run -254 --separate-stderr insecure fetch docker://images.test/both/app:1.0
    assert_one_error 'unable to fetch docker image'
    # Its header and its body do not agree.
    run -254 --separate-stderr insecure fetch docker://images.test/type-manifests/app:1.0
    assert_one_error 'ambiguous: an index with "config"'
    # Nor do it and the index that lists it.
    make_index index index "$servers/www/v2/good/app/manifests/1.0"
    run -254 --separate-stderr insecure fetch docker://images.test/index/app:1.0
    assert_one_error 'unable to fetch docker image'
    assert_nothing_kept
}

@test "a07: nothing that has no end is read to it" {
    trust_key good images.test
    for name in realm-manifests/app:1.0 endless-configs/app:1.0; do
        run -254 --separate-stderr insecure fetch "docker://images.test/$name"
        assert_one_error 'the server sends more than'
    done
    run -254 --separate-stderr rkt fetch https://images.test/endless.aci
    assert_one_error 'the server sends more than 65536 bytes'
    run -254 --separate-stderr rkt trust --prefix=images.test --skip-fingerprint-review https://images.test/endless.gpg
    assert_contains "$stderr" 'the server sends more than'
    run -254 --separate-stderr rkt fetch images.test/endless
    # Larger than it may be, and says so.
    make_config big '.history = [range(100000) | {comment: ("x" * 100)}]'
    run -254 --separate-stderr insecure fetch docker://images.test/big/app:1.0
    assert_one_error 'unable to fetch docker image'
    assert_nothing_kept
}

@test "a08: what unpacks to far more than it is does not fill the disk" {
    local before after
    # One file of 4 GiB of zeroes, which are packed member by member.
    truncate -s 4G "$images/zeroes"
    tar --create --directory="$images" zeroes 2>/dev/null | head -c 512 | gzip >"$images/layer"
    rm "$images/zeroes"
    head -c 64M /dev/zero | gzip -1 >"$images/member"
    for ((i = 0; i < 64; i++)); do
        cat "$images/member"
    done >>"$images/layer"
    make_layer bomb gzip "$images/layer"
    before=$(df --output=used -k /var/lib/rkt | tail -n 1)
    run -254 --separate-stderr insecure fetch docker://images.test/bomb/app:1.0
    after=$(df --output=used -k /var/lib/rkt | tail -n 1)
    assert_one_error 'expands to more than 200 times its size'
    ((after - before < 65536)) || fail "$((after - before)) KiB"
    assert_nothing_kept
    # One block of a kilobyte, in a window of two gigabytes which whoever unpacks it would have to hold; and
    # in one that is small enough.
    for window in a8 88; do
        printf '%b' '\x28\xb5\x2f\xfd\x00' "\\x$window" '\x01\x20\x00' >"$images/layer"
        head -c 1024 /dev/zero >>"$images/layer"
        make_layer "window$window" zstd "$images/layer"
    done
    run -254 --separate-stderr insecure fetch docker://images.test/windowa8/app:1.0
    assert_one_error 'cannot decompress'
    assert_nothing_kept
    run -254 --separate-stderr insecure fetch docker://images.test/window88/app:1.0
    assert_one_error 'layer as it is unpacked: expected'
    assert_nothing_kept
}

# Images that need the next one each, all without a file; in one go, since they are many.
make_chain() { # LENGTH
    python3 - "$images" "$1" "$(rkt_arch)" <<'END'
import io, json, sys, tarfile
for i in range(int(sys.argv[2])):
    manifest = {"acKind": "ImageManifest", "acVersion": "0.8.11", "name": "images.test/chain%d" % i,
                "labels": [{"name": "os", "value": "linux"}, {"name": "arch", "value": sys.argv[3]}],
                "dependencies": [{"imageName": "images.test/chain%d" % (i + 1)}]}
    with tarfile.open("%s/chain%d.aci" % (sys.argv[1], i), "w") as aci:
        for name, content in ("manifest", json.dumps(manifest).encode()), ("rootfs", None):
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            member.mode, member.size = 0o755, len(content or b"")
            aci.addfile(member, io.BytesIO(content or b""))
END
}

# shellcheck disable=SC2030
@test "a10: what leads to itself, or ever deeper" {
    # Each index lists the one before.
    make_index deep manifest "$servers/www/v2/good/app/manifests/1.0"
    cp "$servers"/www/v2/good/app/blobs/* "$servers/www/v2/deep/app/blobs"
    for i in {2..8}; do
        cp "$images/index" "$images/inner"
        make_index deep index "$images/inner"
    done
    run -0 --separate-stderr insecure fetch docker://images.test/deep/app:1.0
    forget_images
    cp "$images/index" "$images/inner"
    make_index deep index "$images/inner"
    run -254 --separate-stderr insecure fetch docker://images.test/deep/app:1.0
    assert_one_error 'too many indexes lead from one to another'
    assert_nothing_kept
    # Images that need each other, and one that needs a hundred, one by one.
    mkdir -p "$servers/www/images.test" "$images/none"
    printf '<meta name=ac-discovery content="images.test https://images.test/{name}.{ext}">' >"$servers/www/.html"
    for name in self:self one:two two:one; do
        make_aci_from "$servers/www/images.test/${name%:*}.aci" "images.test/${name%:*}" "$images/none" \
            "{\"dependencies\": [{\"imageName\": \"images.test/${name#*:}\"}]}"
    done
    make_chain 68
    insecure --dir=/run/deep image import "$images"/chain*.aci >/dev/null
    for name in self one; do
        run -254 --separate-stderr insecure run "images.test/$name"
        assert_contains "$stderr" 'depends on itself'
    done
    run -254 --separate-stderr insecure --dir=/run/deep run images.test/chain0
    assert_contains "$stderr" 'too many or too deep dependencies'
    rm -r /run/deep
    rm "$servers/www/.html"
    forget_images
    assert_nothing_kept
}

@test "a12: more layers and labels than anybody has" {
    make_manifest layers '.layers = [limit(20000; .layers[0] | recurse(.))]'
    run -254 --separate-stderr insecure fetch docker://images.test/layers/app:1.0
    assert_one_error 'layers: more than 500 entries'
    make_manifest layers '.layers = [limit(501; .layers[0] | recurse(.))]'
    run -254 --separate-stderr insecure fetch docker://images.test/layers/app:1.0
    assert_one_error 'layers: more than 500 entries'
    make_config labels '.config.Labels = ([range(20000) | {key: "label\(.)", value: "x"}] | from_entries)'
    run -254 --separate-stderr insecure fetch docker://images.test/labels/app:1.0
    assert_one_error 'config: Labels: more than 4096 members'
    assert_nothing_kept
}

@test "a13: headers that make no sense" {
    for manner in negative lengths chunk nul squeezed; do
        # Where http may be tried, nobody tries again and again.
        run -254 --separate-stderr rkt --insecure-options=image,http fetch "docker://images.test/$manner-manifests/app:1.0"
        assert_one_error 'unable to fetch docker image'
        assert_nothing_kept
    done
    for manner in negative lengths squeezed; do
        run -254 --separate-stderr insecure fetch "docker://images.test/$manner-layers/app:1.0"
        assert_one_error 'unable to fetch docker image'
        assert_nothing_kept
    done
    # The newer protocol, which this server prefers and does not speak, is not offered: its frames cannot
    # be abused.
    run -0 openssl s_client -connect 127.0.0.1:443 -alpn h2,http/1.1 </dev/null
    assert_contains "$output" 'ALPN protocol: h2'
    run -0 --separate-stderr insecure fetch docker://images.test/good/app:1.0
}

@test "a04: digests that are none" {
    hex=$(jq -r '.layers[0].digest[7:]' "$servers/www/v2/good/app/manifests/1.0")
    for digest in 'sha256:../../../../../../etc/passwd' "sha256:${hex^^}" "sha256:${hex:1}" "sha1:$hex" \
        "sha256:$(printf '/%.0s' {1..64})" "$hex" ''; do
        # shellcheck disable=SC2016 # that is jq's
        make_manifest digest '.layers[0].digest = $digest' --arg digest "$digest"
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
    mkdir -p "$servers/www/endless" "$servers/www/loop"
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

@test "mirrors: what they have is taken from them, and the rest from the registry" {
    mkdir -p /etc/rkt/auth.d
    from() { # MIRROR…: who was asked for the layer, in this order
        jq -n '{rktKind: "registry", rktVersion: "v1", registries: ["images.test/good"], mirrors: $ARGS.positional}' \
            --args "$@" >/etc/rkt/auth.d/mirrors.json
        : >"$servers/www.log"
        run -0 --separate-stderr insecure run docker://images.test/good/app:1.0
        assert_equal "$output" 'from a registry'
        run -0 rkt image list --no-legend --fields=name
        assert_equal "$(grep images.test <<<"$output")" images.test/good/app:1.0 # whoever brought it
        forget_images
        asked=$(grep "GET .*/blobs/$wanted" "$servers/www.log" | grep -o 'v2/[a-z-]*' | uniq | paste -sd ' ')
    }
    wanted=$(jq -r '.layers[0].digest' "$servers/www/v2/good/app/manifests/1.0")
    from images.test/nul-other
    assert_equal "$asked" v2/good
    make_manifest mirror .
    from images.test/mirror
    assert_equal "$asked" v2/mirror
    # That lies, has nothing, is away, or speaks http: the next one does.
    from images.test/wrong-layers images.test/nothing nobody.test:1 images.test/downgrade-layers images.test/mirror
    assert_equal "$asked" 'v2/wrong-layers v2/nothing v2/downgrade-layers v2/mirror'
    # A mirror's tag is what its registry was asked for: no other digest gets in where one was named.
    make_config mirror '.config.Cmd = ["from a mirror"]'
    from images.test/type-manifests images.test/tail-layers
    assert_equal "$asked" 'v2/tail-layers v2/good'
    digest=$(jq -r '.manifests[0].digest' "$images/layout/index.json")
    jq -n '{rktKind: "registry", rktVersion: "v1", registries: ["images.test/good"], mirrors: ["images.test/mirror"]}' \
        >/etc/rkt/auth.d/mirrors.json
    run -0 --separate-stderr insecure run "docker://images.test/good/app@$digest"
    assert_equal "$output" 'from a registry'
    forget_images
    # Nobody is told the registry's password.
    jq -n '{rktKind: "dockerAuth", rktVersion: "v1", registries: ["images.test"],
        credentials: {user: "user", password: "password"}}' >/etc/rkt/auth.d/images.json
    start_odd_web server # with a certificate of other names
    from odd.test/mirror
    assert_equal "$asked" v2/good
    make_certificate odd odd.test
    start_odd_web odd
    from odd.test/never-manifests
    [[ $(grep '^odd.test' "$servers/www.log") != *' as Basic'* ]] || fail "$(<"$servers/www.log")"
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
