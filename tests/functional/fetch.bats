#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Images from elsewhere: registries, web servers, names; and who vouches for them.

# run sets the rest.
# shellcheck disable=SC2154

load helper
load images
load servers

cas=/var/lib/rkt/cas

setup_file() {
    export images=/var/tmp/fetch
    mkdir -p "$images"
    make_certificates
    make_layout "$images/layout" latest --config.entrypoint=/bin/echo --config.cmd='from a registry'
    umoci tag --image "$images/layout:latest" more
    mkdir -p "$images/tree/other"
    printf 'more\n' >"$images/tree/more"
    umoci insert --image "$images/layout:more" "$images/tree" /
    make_key good
    make_key evil
    make_aci "$images/signed.aci" images.test/app "$(exec_of /bin/echo 'signed')"
    make_aci "$images/unsigned.aci" images.test/unsigned
    make_aci "$images/elsewhere.aci" other.test/app
    sign good "$images/signed.aci"
    sign good "$images/elsewhere.aci"
    start_registry
    start_web
    push "$images/layout:latest" team/app:1.0
    push "$images/layout:latest" team/app:latest
    push "$images/layout:more" team/app:more
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

@test "registry: an image runs by tag, and by digest" {
    run -0 --separate-stderr insecure run "docker://$registry/team/app:1.0"
    assert_equal "$output" 'from a registry'
    digest=$(skopeo inspect --format '{{.Digest}}' "docker://$registry/team/app:1.0")
    run -0 --separate-stderr insecure run "docker://$registry/team/app@$digest"
    assert_equal "$output" 'from a registry'
    run -0 --separate-stderr insecure run "docker:$registry/team/app"
    assert_equal "$output" 'from a registry'
    run -0 rkt image list --no-legend --fields=name --sort=name
    assert_contains "$output" 'registry.test_5443/team/app:1.0'
}

@test "registry: what nobody vouches for is refused, with what to do" {
    run -254 --separate-stderr rkt fetch "docker://$registry/team/app:1.0"
    assert_equal "$output" ''
    assert_contains "$stderr" 'try --insecure-options=image'
    insecure fetch "docker://$registry/team/app:1.0"
    # That somebody took it once does not make it good for others.
    run -254 --separate-stderr rkt run "docker://$registry/team/app:1.0"
    assert_contains "$stderr" 'try --insecure-options=image'
}

@test "registry: oci:// is the same; oci: is a directory" {
    run -0 --separate-stderr insecure fetch "docker://$registry/team/app:1.0"
    id=$output
    run -0 --separate-stderr insecure fetch --pull-policy=never "oci://$registry/team/app:1.0"
    assert_equal "$output" "$id"
    run -254 --separate-stderr insecure fetch "oci://$registry/team/none:1.0"
    assert_contains "$stderr" "unable to fetch oci image from URL \"oci://$registry/team/none:1.0\""
    run -254 --separate-stderr insecure fetch "oci:$registry/team/app:1.0"
    assert_contains "$stderr" 'No such file or directory'
    run -254 --separate-stderr insecure image import "oci://$registry/team/app:1.0"
    assert_contains "$stderr" 'is no local file or layout'
}

@test "registry: policies" {
    run -254 --separate-stderr insecure fetch --pull-policy=never "docker://$registry/team/app:latest"
    assert_contains "$stderr" 'unable to fetch docker image from URL'
    assert_contains "$stderr" 'fetching from remote yielded nothing or it was disabled'
    run -0 --separate-stderr insecure fetch --pull-policy=new "docker://$registry/team/app:latest"
    id=$output
    systemctl stop test-registry
    for policy in never new; do
        run -0 --separate-stderr insecure fetch --pull-policy="$policy" "docker://$registry/team/app"
        assert_equal "$output" "$id"
        assert_contains "$stderr" "using image from local store for url docker://$registry/team/app"
    done
    run -0 --separate-stderr insecure fetch --store-only "docker://$registry/team/app"
    run -254 --separate-stderr insecure fetch "docker://$registry/team/app"
    run -254 --separate-stderr insecure run --no-store "docker://$registry/team/app"
    start_registry
    run -0 --separate-stderr insecure fetch "docker://$registry/team/app"
    assert_equal "$output" "$id"
}

@test "registry: a layer that is there is not fetched again" {
    run -0 --separate-stderr insecure fetch "docker://$registry/team/app:1.0"
    assert_contains "$stderr" 'MiB in '
    run -0 --separate-stderr insecure fetch "docker://$registry/team/app:more"
    [[ $stderr != *MiB* ]] || fail "$stderr"
    run -0 --separate-stderr insecure run "docker://$registry/team/app:more" --exec=/bin/cat -- more
    assert_equal "$output" more
}

@test "registry: what is not there, or spelled badly" {
    run -254 --separate-stderr insecure fetch "docker://$registry/team/missing"
    assert_contains "$stderr" 'status 404'
    run -254 --separate-stderr insecure fetch "docker://$registry/team/app@sha256:$(printf '0%.0s' {1..64})"
    assert_contains "$stderr" 'status 404'
    for word in docker:// docker:///x docker://UPPER/x docker://a/b:c:d 'docker://a b' docker://x@sha256:12; do
        run -254 --separate-stderr insecure fetch "$word"
        assert_contains "$stderr" 'invalid docker URL'
    done
}

@test "registry: who it is must be known" {
    mv /etc/containers/certs.d /etc/containers/away
    run -254 --separate-stderr insecure fetch "docker://$registry/team/app:1.0"
    mv /etc/containers/away /etc/containers/certs.d
    assert_contains "$stderr" 'certificate'
    run -254 --separate-stderr insecure fetch docker://other.test:5443/team/app:1.0
    run -0 --separate-stderr rkt --insecure-options=image,tls fetch docker://other.test:5443/team/app:1.0
}

@test "registry: a damaged layer is refused" {
    layer=$(skopeo inspect "docker://$registry/team/app:1.0" | jq -r '.Layers[0]')
    blob=$servers/registry/docker/registry/v2/blobs/sha256/${layer:7:2}/${layer:7}/data
    cp "$blob" "$images/blob"
    printf X | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
    run -254 --separate-stderr insecure fetch "docker://$registry/team/app:1.0"
    damaged=$stderr
    truncate -s 3000 "$blob"
    run -254 --separate-stderr insecure fetch "docker://$registry/team/app:1.0"
    cp "$images/blob" "$blob"
    assert_contains "$damaged" 'unable to fetch docker image'
    assert_contains "$stderr" 'the server has 3000 bytes instead of'
    run -0 --separate-stderr insecure fetch "docker://$registry/team/app:1.0"
}

@test "registry: another machine's image is refused" {
    skopeo copy --quiet --insecure-policy "oci:$images/layout:latest" "oci:$images/foreign:latest"
    umoci config --image "$images/foreign:latest" --architecture=s390x
    push "$images/foreign:latest" team/foreign:1.0
    run -254 --separate-stderr insecure run "docker://$registry/team/foreign:1.0"
    assert_contains "$stderr" 'bad arch "s390x"'
}

# Sign an image of the registry for a name, and put it where signatures are looked for.
sign_image() { # KEY TAG NAME
    local digest place
    skopeo inspect --raw "docker://$registry/team/app:$2" >"$images/manifest"
    digest=$(skopeo manifest-digest "$images/manifest")
    place=$servers/www/lookaside/$registry/team/app@${digest/:/=}
    mkdir -p "$place"
    GNUPGHOME=$servers/gnupg skopeo standalone-sign --output "$place/signature-1" "$images/manifest" \
        "$3" "$(<"$servers/$1.fingerprint")" >/dev/null
}

@test "registry: a signature vouches where a lookaside is configured" {
    mkdir -p /etc/rkt/auth.d
    jq -n --arg registry "$registry" '{rktKind: "registry", rktVersion: "v1", registries: [$registry],
        lookaside: "https://images.test/lookaside"}' >/etc/rkt/auth.d/registry.json
    trust_key good registry.test_5443
    run -254 --separate-stderr rkt fetch "docker://$registry/team/app:1.0"
    assert_contains "$stderr" 'no good signature'
    # By one who may not; for another name.
    sign_image evil 1.0 "$registry/team/app:1.0"
    run -254 --separate-stderr rkt fetch "docker://$registry/team/app:1.0"
    assert_contains "$stderr" 'no good signature'
    sign_image good 1.0 "$registry/team/other:1.0"
    run -254 --separate-stderr rkt fetch "docker://$registry/team/app:1.0"
    assert_contains "$stderr" 'no good signature'
    sign_image good 1.0 "$registry/team/app:1.0"
    run -0 --separate-stderr rkt run "docker://$registry/team/app:1.0"
    assert_equal "$output" 'from a registry'
    run -254 --separate-stderr rkt fetch "docker://$registry/team/app:more"
    assert_contains "$stderr" 'no good signature'
}

# Signatures of local files

@test "local: a signed ACI runs, and who signed it is told" {
    trust_key good images.test
    run -0 --separate-stderr rkt run "$images/signed.aci"
    assert_equal "$output" signed
    assert_contains "$stderr" $'image: signature verified:\nimage:   good <good@example.com>'
    run -0 --separate-stderr rkt run images.test/app:1.0
    assert_equal "$output" signed
    assert_contains "$stderr" 'image: using image from local store for image name images.test/app:1.0'
}

@test "local: a signature may lie elsewhere, and be binary" {
    trust_key good images.test/app
    cp "$images/signed.aci" "$images/bare.aci"
    run -254 --separate-stderr rkt fetch "$images/bare.aci"
    assert_contains "$stderr" "error opening signature file \"$images/bare.aci.asc\""
    run -0 --separate-stderr rkt fetch "$images/bare.aci" --signature="$images/signed.aci.asc"
    run -254 --separate-stderr rkt fetch "$images/bare.aci" --signature="$images/elsewhere.aci.asc"
    assert_contains "$stderr" 'openpgp: invalid signature'
    gpg --homedir "$servers/gnupg" --batch --yes --dearmor --output "$images/binary" "$images/signed.aci.asc"
    run -0 --separate-stderr rkt fetch "$images/bare.aci" --signature="$images/binary"
    for file in /dev/zero /etc "$images/signed.aci" "$images/missing"; do
        run -254 --separate-stderr rkt fetch "$images/bare.aci" --signature="$file"
    done
}

@test "local: what is not signed by one who may is refused" {
    # Nobody is trusted.
    run -254 --separate-stderr rkt fetch "$images/signed.aci"
    assert_contains "$stderr" 'openpgp: signature made by unknown entity'
    assert_contains "$stderr" 'rkt trust --prefix images.test/app'
    # Another one is; or the right one, for other names.
    trust_key evil images.test
    trust_key good other.test
    trust_key good images.test/application
    run -254 --separate-stderr rkt fetch "$images/signed.aci"
    assert_contains "$stderr" 'signature made by unknown entity'
    run -0 --separate-stderr rkt fetch "$images/elsewhere.aci"
    # A key under the name of another one.
    trust_key good images.test
    cp "$servers/evil.asc" "/etc/rkt/trustedkeys/prefix.d/images.test/$(<"$servers/good.fingerprint")"
    run -254 --separate-stderr rkt fetch "$images/signed.aci"
    # A key that was taken away for this name.
    trust_key good images.test
    mkdir -p /etc/rkt/trustedkeys/prefix.d/images.test/app
    : >"/etc/rkt/trustedkeys/prefix.d/images.test/app/$(<"$servers/good.fingerprint")"
    run -254 --separate-stderr rkt fetch "$images/signed.aci"
    assert_contains "$stderr" 'signature made by unknown entity'
}

@test "local: what was changed after it was signed is refused" {
    trust_key good images.test
    cp "$images/signed.aci" "$images/changed.aci"
    cp "$images/signed.aci.asc" "$images/changed.aci.asc"
    printf x >>"$images/changed.aci"
    run -254 --separate-stderr rkt fetch "$images/changed.aci"
    cp "$images/unsigned.aci" "$images/changed.aci"
    run -254 --separate-stderr rkt fetch "$images/changed.aci"
    assert_contains "$stderr" 'openpgp: invalid signature'
    rm "$images"/changed.aci*
}

@test "local: layouts and archives have no signatures" {
    trust_key good images.test
    tar --create --file="$images/layout.tar" --directory="$images/layout" .
    sign good "$images/layout.tar"
    for word in "$images/layout" "oci:$images/layout" "$images/layout.tar" "oci-archive:$images/layout.tar"; do
        run -254 --separate-stderr rkt fetch "$word"
    done
}

# Web servers

@test "web: a signed ACI by its URL; what is fresh or the same is not fetched again" {
    trust_key good images.test
    cp "$images"/signed.aci* "$servers/www"
    requests / >/dev/null
    run -0 --separate-stderr rkt run https://images.test/signed.aci
    assert_equal "$output" signed
    assert_contains "$stderr" 'image: signature verified:'
    assert_equal "$(requests /signed.aci\ )" 1
    run -0 --separate-stderr rkt run https://images.test/signed.aci
    assert_contains "$stderr" 'using image from local store for url https://images.test/signed.aci'
    assert_equal "$(requests /)" 0
    run -0 --separate-stderr rkt fetch https://images.test/signed.aci
    run -0 grep -c '" 304' "$servers/www.log"
    assert_equal "$output" 1
    run -0 --separate-stderr rkt fetch 'https://images.test/signed.aci?age=1000'
    requests / >/dev/null
    run -0 --separate-stderr rkt fetch 'https://images.test/signed.aci?age=1000'
    assert_contains "$stderr" "isn't expired, not fetching."
    assert_equal "$(requests /)" 0
    run -254 --separate-stderr rkt fetch --store-only https://images.test/other.aci
    assert_contains "$stderr" 'unable to fetch image from URL "https://images.test/other.aci"'
}

@test "web: bad servers" {
    trust_key good images.test
    cp "$images"/signed.aci* "$servers/www"
    cp "$images/signed.aci" "$servers/www/short.aci"
    cp "$images/unsigned.aci" "$servers/www/unsigned.aci"
    cp "$images/unsigned.aci" "$servers/www/other.aci"
    cp "$images/signed.aci.asc" "$servers/www/other.aci.asc"
    cp "$images/signed.aci" "$servers/www/evil.aci"
    sign evil "$servers/www/evil.aci"
    while read -r word want; do
        run -254 --separate-stderr rkt fetch "https://images.test/$word"
        assert_equal "$output" ''
        assert_contains "$stderr" "$want"
    done <<'END'
missing.aci error downloading the signature file: bad HTTP status code: 404
unsigned.aci error downloading the signature file
other.aci openpgp: invalid signature
evil.aci signature made by unknown entity
endless.aci error downloading the signature file
loop.aci redirect
downgrade-signed.aci http
signed.tar invalid image string
END
    # Elsewhere is fine: it is the signature that counts.
    run -0 --separate-stderr rkt fetch https://images.test/away-signed.aci
    run -254 --separate-stderr insecure fetch https://images.test/short.aci
    run -254 --separate-stderr rkt fetch https://other.test/signed.aci
    assert_contains "$stderr" 'certificate'
    # What was cut off may be continued: the one thing that stays.
    run -0 find "$cas/downloads" -type f
    assert_equal "${#lines[@]}" 2
    rm "$cas"/downloads/*
}

@test "web: an image that nobody vouched for does not do later" {
    cp "$images/unsigned.aci" "$servers/www/unsigned.aci"
    run -0 --separate-stderr insecure run https://images.test/unsigned.aci
    run -254 --separate-stderr rkt run https://images.test/unsigned.aci
    assert_contains "$stderr" 'error downloading the signature file'
}

# Names

@test "names: found by discovery, with what they depend on" {
    trust_key good images.test
    mkdir -p "$servers/www/images.test"
    discovery_page "$servers/www/.html" images.test
    make_aci "$images/base.aci" images.test/base
    make_aci "$images/top.aci" images.test/top "$(exec_of /bin/echo top | jq '. + {dependencies: [{imageName: "images.test/base"}]}')"
    for name in base top; do
        cp "$images/$name.aci" "$servers/www/images.test/$name-1.0.aci"
        cp "$images/$name.aci" "$servers/www/images.test/$name-latest.aci"
        sign good "$servers/www/images.test/$name-1.0.aci"
        sign good "$servers/www/images.test/$name-latest.aci"
    done
    run -0 --separate-stderr rkt run images.test/top:1.0
    assert_equal "$output" top
    run -0 rkt image list --no-legend --fields=name --sort=name
    assert_contains "$output" $'images.test/base:1.0\nimages.test/top:1.0'
    requests / >/dev/null
    run -0 --separate-stderr rkt run images.test/top:1.0
    assert_contains "$stderr" 'image: using image from local store for image name images.test/top:1.0'
    assert_equal "$(requests /)" 0
    run -0 --separate-stderr rkt fetch images.test/top
    run -254 --separate-stderr rkt fetch --store-only images.test/none
    assert_contains "$stderr" 'unable to fetch image from image name "images.test/none"'
    run -254 --separate-stderr rkt fetch images.test/none
    run -254 --separate-stderr rkt fetch nowhere.test/none
    assert_contains "$stderr" 'unable to fetch image from image name "nowhere.test/none"'
}

@test "names: what comes must be what was asked for" {
    trust_key good images.test
    discovery_page "$servers/www/.html" images.test
    mkdir -p "$servers/www/images.test"
    cp "$images/signed.aci" "$servers/www/images.test/wrong-1.0.aci"
    cp "$images/signed.aci.asc" "$servers/www/images.test/wrong-1.0.aci.asc"
    cp "$images/signed.aci" "$servers/www/images.test/app-2.0.aci"
    cp "$images/signed.aci.asc" "$servers/www/images.test/app-2.0.aci.asc"
    run -254 --separate-stderr rkt fetch images.test/wrong:1.0
    assert_contains "$stderr" '"images.test/wrong" expected but "images.test/app" found'
    run -254 --separate-stderr rkt fetch images.test/app:2.0
    assert_contains "$stderr" 'requested value for label "version": "2.0" differs'
}

# shellcheck disable=SC2030
@test "names: pages that are no good" {
    for page in '' '<html>' '<meta name="ac-discovery" content="other.test https://images.test/x.{ext}">' \
        '<meta name="ac-discovery" content="images.test ftp://images.test/x.{ext}">' \
        '<meta name="ac-discovery" content="images.test file:///etc/passwd">' \
        '<meta name="ac-discovery" content="images.test https://images.test/{what}.{ext}">'; do
        printf '%s' "$page" >"$servers/www/.html"
        run -254 --separate-stderr rkt fetch images.test/app
        assert_contains "$stderr" 'unable to fetch image from image name "images.test/app"'
    done
}

# Trust

# What rkt trust asks on a terminal; the answers are typed.
answer() { # ANSWERS WORD…
    local answers=$1
    shift
    run script --quiet --return --command "$(printf '%q ' "$@")" /dev/null < <(printf '%b' "$answers")
    # shellcheck disable=SC2031 # run set it in this very shell
    said=${output//$'\r'/}
}

@test "trust: the key is shown, and kept when somebody says yes" {
    fingerprint=$(<"$servers/good.fingerprint")
    answer 'y\nYES\nno\n' rkt trust --prefix=images.test "$servers/good.asc"
    assert_equal "$status" 0
    assert_contains "$said" "Please enter 'yes' or 'no'"
    assert_contains "$said" "trust: not trusting \"$servers/good.asc\""
    [[ ! -e /etc/rkt/trustedkeys ]] || fail 'kept'
    answer 'yes\n' rkt trust --prefix=images.test "$servers/good.asc"
    assert_equal "$status" 0
    assert_contains "$said" "pubkey: prefix: \"images.test\""
    assert_contains "$said" "key: \"$servers/good.asc\""
    shown=$(sed 's/..../& /g; s/ $//' <<<"${fingerprint^^}")
    assert_contains "$said" "gpg key fingerprint is: ${shown:0:24}  ${shown:25}"
    assert_contains "$said" $'\tgood <good@example.com>'
    assert_contains "$said" 'Are you sure you want to trust this key (yes/no)?'
    assert_contains "$said" "Trusting \"$servers/good.asc\" for prefix \"images.test\" after fingerprint review."
    assert_contains "$said" "Added key for prefix \"images.test\" at \"/etc/rkt/trustedkeys/prefix.d/images.test/$fingerprint\""
    run -0 stat -c %a /etc/rkt/trustedkeys/prefix.d/images.test{,/"$fingerprint"}
    assert_equal "$output" $'755\n644'
    run -0 --separate-stderr rkt run "$images/signed.aci"
    assert_equal "$output" signed
}

@test "trust: without a review; for all images; from the web; by discovery" {
    fingerprint=$(<"$servers/good.fingerprint")
    cp "$servers/good.asc" "$servers/www/good.asc"
    discovery_page "$servers/www/.html" images.test
    run -0 --separate-stderr rkt trust --root --skip-fingerprint-review "$servers/good.asc"
    assert_contains "$output" "Added root key at \"/etc/rkt/trustedkeys/root.d/$fingerprint\""
    assert_contains "$output" 'without fingerprint review.'
    run -0 --separate-stderr rkt fetch "$images/elsewhere.aci"
    rm -r /etc/rkt
    run -0 --separate-stderr rkt trust --prefix=images.test --skip-fingerprint-review https://images.test/good.asc
    run -0 --separate-stderr rkt run "$images/signed.aci"
    rm -r /etc/rkt
    run -0 --separate-stderr rkt trust --prefix=images.test/app --skip-fingerprint-review
    [[ -s /etc/rkt/trustedkeys/prefix.d/images.test/app/$fingerprint ]]
    run -0 --separate-stderr rkt trust --prefix=images.test --skip-fingerprint-review --insecure-allow-http \
        http://images.test/good.asc "file://$servers/evil.asc"
    [[ -s /etc/rkt/trustedkeys/prefix.d/images.test/$(<"$servers/evil.fingerprint") ]]
}

@test "trust: what is refused" {
    cp "$servers/good.asc" "$servers/www/good.asc"
    gpg --homedir "$servers/gnupg" --batch --armor --export-secret-keys good@example.com >"$servers/www/private.asc"
    head -c 100 "$servers/good.asc" >"$servers/www/cut.asc"
    printf '<meta name="ac-discovery-pubkeys" content="images.test file:///etc/passwd">' >"$servers/www/.html"
    while IFS='|' read -r words want; do
        # shellcheck disable=SC2086
        run -254 --separate-stderr rkt trust --skip-fingerprint-review $words
        assert_contains "$stderr" "$want"
    done <<END
$servers/good.asc|aborting due to implicit unbounded trust
--root --prefix=x $servers/good.asc|--root and --prefix usage mutually exclusive
--prefix=https://images.test $servers/good.asc|--prefix must not contain a URL scheme, omit https://
--root|empty prefix
--prefix=images.test http://images.test/good.asc|--insecure-allow-http required for http URLs
--prefix=images.test ftp://images.test/good.asc|only local files and http or https URLs supported
--prefix=images.test https://images.test/missing.asc|404
--prefix=images.test https://images.test/downgrade-good.asc|is not https
--prefix=images.test https://images.test/endless|
--prefix=images.test https://images.test/cut.asc|
--prefix=images.test https://images.test/private.asc|
--prefix=images.test /dev/zero|error opening key
--prefix=images.test /missing|error opening key
--prefix=../images.test $servers/good.asc|error adding key
--prefix=images.test|no http or https URL
END
    run -254 --separate-stderr rkt trust --prefix=images.test "$servers/good.asc" </dev/null
    assert_contains "$stderr" 'unable to ask user to review fingerprint due to lack of tty'
    run -254 --separate-stderr rkt --insecure-options=image trust --prefix=images.test "$servers/good.asc"
    assert_contains "$stderr" 'could not get the keystore'
    assert_equal "$(find /etc/rkt -type f 2>/dev/null)" ''
}

@test "names: keys may come with the image, if somebody says so" {
    cp "$servers/good.asc" "$servers/www/good.asc"
    discovery_page "$servers/www/.html" images.test
    mkdir -p "$servers/www/images.test"
    cp "$images/signed.aci" "$servers/www/images.test/app-1.0.aci"
    cp "$images/signed.aci.asc" "$servers/www/images.test/app-1.0.aci.asc"
    run -254 --separate-stderr rkt fetch images.test/app:1.0 </dev/null
    assert_contains "$stderr" 'To trust the key for "images.test/app", do one of the following:'
    assert_contains "$stderr" 'signature made by unknown entity'
    run -0 --separate-stderr rkt --trust-keys-from-https fetch images.test/app:1.0 </dev/null
    [[ -s /etc/rkt/trustedkeys/prefix.d/images.test/app/$(<"$servers/good.fingerprint") ]]
}
