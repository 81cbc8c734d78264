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
    start_registry
    push "$images/layout:latest" team/app:1.0
    push "$images/layout:latest" team/app:latest
    push "$images/layout:more" team/app:more
}

teardown_file() {
    stop_servers
    rm -rf "$images"
}

teardown() {
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image gc --grace-period=0s >/dev/null 2>&1
    rm -rf /etc/rkt
    assert_nothing_left
    # Whatever failed on the way: nothing half fetched stays, and nothing that has no image.
    run -0 find "$cas" -mindepth 2 -not -type d
    assert_equal "$output" ''
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
