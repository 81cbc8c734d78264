#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt image …, rkt fetch, rkt df: what a user does with the store, from import to garbage.

# run sets the rest.
# shellcheck disable=SC2154

load helper
load images

cas=/var/lib/rkt/cas

setup_file() {
    export images=/var/tmp/image-verbs
    mkdir -p "$images"
    make_aci "$images/web.aci" example.com/web
    gzip --keep --force --best "$images/web.aci" && mv "$images/web.aci.gz" "$images/packed.aci"
    make_aci "$images/web2.aci" example.com/web '{"labels":[{"name":"version","value":"2.0"},{"name":"os","value":"linux"},{"name":"arch","value":"'"$(rkt_arch)"'"}]}'
    make_layout "$images/layout" latest --config.entrypoint=/bin/true
    tar --create --file="$images/layout.tar" --directory="$images/layout" .
    skopeo copy -q "oci:$images/layout:latest" "docker-archive:$images/save.tar:example/saved:1.0"
}

teardown_file() {
    rm -rf "$images"
}

setup() {
    empty_store
}

teardown() {
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

empty_store() {
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_stored
}

# What is there must be named: by an image that is listed, or as the store's own.
assert_nothing_stored() {
    run -0 --separate-stderr rkt image list --no-legend
    assert_equal "$output" ''
    run -0 find "$cas" -mindepth 2 -not -type d
    assert_equal "$output" ''
    run -0 find "$cas"/{tree,tmp,locks} -mindepth 1
    assert_equal "$output" ''
}

import() { # FILE…
    rkt --insecure-options=image image import "$@"
}

key_of() { # FILE
    printf 'sha512-%.64s' "$(sha512sum <"$1")"
}

stop_pod() { # UUID
    run -0 rkt stop "$1"
    run -0 rkt status --wait "$1"
}

# Changes one bit of a file and none of what stat tells of it but its ctime.
flip_bit() { # FILE OFFSET
    local byte
    touch -r "$1" "$images/times"
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059
    printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
    touch -r "$images/times" "$1"
}

@test "import takes every local form, several at once, and prints their ids" {
    run -0 --separate-stderr import "$images/web.aci" "$images/packed.aci" "$images/layout" "$images/layout.tar" \
        "oci:$images/layout:latest" "docker-archive:$images/save.tar:example/saved:1.0" "file://$images/web2.aci"
    assert_equal "$stderr" ''
    assert_equal "${#lines[@]}" 7
    assert_equal "${lines[0]}" "$(key_of "$images/web.aci")"
    assert_equal "${lines[1]}" "${lines[0]}"
    assert_equal "${lines[3]}" "${lines[2]}"
    assert_equal "${lines[4]}" "${lines[2]}"
    assert_equal "${lines[6]}" "$(key_of "$images/web2.aci")"
    run -0 rkt image list --no-legend --fields=name --sort=name
    assert_contains "$output" $'example.com/web:1.0\nexample.com/web:2.0'
}

@test "import goes on behind what is no image, and says so in the end" {
    head -c 100000 "$images/web.aci" >"$images/short.aci"
    run -254 --separate-stderr import "$images/missing" "$images/short.aci" /bin/busybox "$images" docker://example.com/x "$images/web.aci"
    assert_equal "$output" "$(key_of "$images/web.aci")"
    assert_equal "${#stderr_lines[@]}" 5
    assert_contains "${stderr_lines[0]}" "$images/missing"
    assert_contains "${stderr_lines[1]}" "$images/short.aci"
    assert_contains "${stderr_lines[2]}" 'no tar archive'
    assert_contains "${stderr_lines[3]}" 'no OCI image layout'
    assert_contains "${stderr_lines[4]}" 'no local file or layout'
    run -254 --separate-stderr rkt image import
    assert_equal "$stderr" 'import: must provide at least one image'
}

@test "what nobody vouches for is not imported" {
    run -254 --separate-stderr rkt image import "$images/web.aci"
    assert_contains "$stderr" '--insecure-options=image'
    run -254 --separate-stderr rkt fetch "$images/web.aci"
    assert_contains "$stderr" '--insecure-options=image'
    assert_nothing_stored
}

@test "an image packed in two ways is there once" {
    import "$images/packed.aci" "$images/web.aci"
    run -0 find "$cas/blobs" -type f
    assert_equal "${#lines[@]}" 1
}

@test "fetch: ids of local files and layouts, short and full; nothing where one fails" {
    run -0 rkt --insecure-options=image fetch "$images/web.aci" "oci:$images/layout"
    assert_equal "${lines[0]}" "$(key_of "$images/web.aci" | head -c 39)"
    [[ ${lines[1]} =~ ^sha512-[0-9a-f]{32}$ ]]
    run -0 rkt --insecure-options=image fetch --full "$images/web.aci"
    assert_equal "$output" "$(key_of "$images/web.aci")"
    run -254 --separate-stderr rkt --insecure-options=image fetch "$images/web.aci" docker://127.0.0.1:9/busybox
    assert_equal "$output" ''
    assert_contains "$stderr" "unable to fetch docker image from URL \"docker://127.0.0.1:9/busybox\""
    run -254 --separate-stderr rkt fetch
    assert_equal "$stderr" 'fetch: must provide at least one image'
    run -254 --separate-stderr rkt fetch "$images/web.aci" -- argument
    assert_contains "$stderr" 'unable to parse arguments'
}

@test "list: columns, short and full, fields, order" {
    run -0 rkt image list
    assert_equal "$output" $'ID\tNAME\tSIZE\tIMPORT TIME\tLAST USED'
    import "$images/web.aci" "$images/web2.aci" "$images/layout"
    run -0 rkt image list --no-legend
    [[ ${lines[0]} =~ ^sha512-[0-9a-f]{12}$'\t'+example.com/web:1.0$'\t'[0-9.]+MiB$'\t'[a-z0-9\ ]+$'\t'+[a-z0-9\ ]+$ ]]
    run -0 rkt image list --no-legend --full --fields=id,size,importtime --sort=name,importtime --order=desc
    [[ ${lines[0]} =~ ^sha512-[0-9a-f]{64}$'\t'[0-9]+$'\t'[0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9:.]+\ \+0000\ UTC$ ]]
    run -0 rkt image list --no-legend --fields=name --sort=name --order=desc
    assert_equal "$output" $'layout:latest\nexample.com/web:2.0\nexample.com/web:1.0'
    run -0 rkt image list --no-legend --fields=name --order=desc
    assert_equal "$output" $'layout:latest\nexample.com/web:2.0\nexample.com/web:1.0'
    run -254 --separate-stderr rkt image list --fields=latest
    assert_contains "$stderr" 'unknown option "latest"'
    run -254 --separate-stderr rkt image list --sort=id
    assert_contains "$stderr" 'unknown option "id"'
    run -254 --separate-stderr rkt image list --fields=id,id
    assert_contains "$stderr" 'duplicated option "id"'
    run -254 --separate-stderr rkt image list --order=up
    assert_contains "$stderr" 'wrong sort order'
}

@test "list as JSON: null for nothing, numbers for times and sizes" {
    run -0 rkt image list --format=json
    assert_equal "$output" null
    import "$images/web.aci"
    run -0 rkt image list --format=json
    assert_equal "$(jq -c '[.[] | keys_unsorted]' <<<"$output")" '[["id","name","import_time","last_used_time","size"]]'
    assert_equal "$(jq -r '.[0].id' <<<"$output")" "$(key_of "$images/web.aci")"
    assert_equal "$(jq -r '.[0].name' <<<"$output")" 'example.com/web:1.0'
    assert_equal "$(jq '.[0] | .import_time > 1e18 and .last_used_time >= .import_time and .size > 1e6' <<<"$output")" true
    run -0 rkt image list --format=json-pretty
    assert_equal "${lines[1]}" $'\t{'
    run -254 --separate-stderr rkt image list --format=xml
    assert_contains "$stderr" 'Invalid format option: xml'
}

@test "an image is named by the beginning of its id, or by name and labels" {
    local id
    import "$images/web.aci" "$images/web2.aci" "$images/layout" >/dev/null
    id=$(key_of "$images/web.aci")
    run -0 rkt image cat-manifest "${id:0:15}"
    assert_equal "${lines[0]}" '{'
    assert_equal "${lines[1]}" $'\t"acKind": "ImageManifest",'
    run -0 rkt image cat-manifest --pretty-print=false "$id"
    assert_equal "$(jq -r .name <<<"$output")" example.com/web
    assert_equal "${#lines[@]}" 1
    run -0 rkt image cat-manifest example.com/web:1.0,os=linux
    assert_equal "$(jq -r '.labels[0].value' <<<"$output")" 1.0
    # Of several, the one that came last.
    run -0 rkt image cat-manifest example.com/web
    assert_equal "$(jq -r '.labels[0].value' <<<"$output")" 2.0
    # What other tools call it.
    run -0 rkt image cat-manifest "$(jq -r '.manifests[0].digest' "$images/layout/index.json")"
    assert_equal "$(jq -r .name <<<"$output")" layout

    # One image, two names: the manifest is that of the name.
    import "docker-archive:$images/save.tar" >/dev/null
    run -0 rkt image cat-manifest layout
    assert_equal "$(jq -r .name <<<"$output")" layout
    run -0 rkt image cat-manifest docker.io/example/saved
    assert_equal "$(jq -r .name <<<"$output")" docker.io/example/saved

    run -254 --separate-stderr rkt image cat-manifest sha512-0
    assert_equal "$stderr" 'cat-manifest: cannot resolve image ID: image ID too short'
    run -254 --separate-stderr rkt image cat-manifest "sha512-$(printf '0%.0s' {1..64})"
    assert_equal "$stderr" 'cat-manifest: cannot resolve image ID: no image IDs found'
    run -254 --separate-stderr rkt image cat-manifest example.com/web:3.0
    assert_equal "$stderr" 'cat-manifest: cannot find image: cannot find aci satisfying name: "example.com/web" and labels: ["version":"3.0"] in the local store'
    run -254 --separate-stderr rkt image cat-manifest 'not a name'
    assert_contains "$stderr" 'not a name'
    run -254 rkt image cat-manifest
    assert_contains "$output" 'USAGE:'
}

@test "export gives back the ACI whose hash is the image's id" {
    import "$images/packed.aci" "$images/layout" >/dev/null
    run -0 rkt image export example.com/web "$images/out.aci"
    assert_equal "$output" ''
    cmp "$images/web.aci" "$images/out.aci"
    assert_equal "$(stat -c %a "$images/out.aci")" 644
    run -254 --separate-stderr rkt image export example.com/web "$images/out.aci"
    assert_equal "$stderr" 'export: output ACI file exists (try --overwrite)'
    run -0 rkt image export --overwrite example.com/web "$images/out.aci"
    run -0 bash -c "rkt image export --overwrite example.com/web /dev/stdout | cmp - '$images/web.aci'"

    # Of a layout an ACI is made, that can be imported as such.
    run -0 rkt image export --overwrite layout "$images/out.aci"
    run -0 import "$images/out.aci"
    assert_equal "$output" "$(key_of "$images/out.aci")"
    run -0 rkt --insecure-options=image run "$images/out.aci"

    run -254 --separate-stderr rkt image export example.com/none "$images/none.aci"
    run -254 --separate-stderr rkt image export example.com/web "$images/no/such/directory"
    assert_contains "$stderr" "$images/no/such"
    run -0 find "$images" -maxdepth 1 -name '.*' -mindepth 1
    assert_equal "$output" ''
    rm "$images/out.aci"
}

@test "extract and render: the tree as the archive has it" {
    import "$images/web.aci" "$images/layout" >/dev/null
    run -0 rkt image extract example.com/web "$images/dir"
    assert_equal "$output" ''
    run -0 ls -A "$images/dir"
    assert_equal "$output" $'manifest\nrootfs'
    tar --compare --file="$images/web.aci" --directory="$images/dir" rootfs
    run -254 --separate-stderr rkt image extract example.com/web "$images/dir"
    assert_equal "$stderr" 'extract: output directory exists (try --overwrite)'
    run -0 rkt image render --overwrite --rootfs-only layout "$images/dir"
    run -0 ls "$images/dir/bin/busybox"
    [[ ! -e $images/dir/manifest ]]
    for word in / // /var/.. /proc/self/root; do
        run -254 --separate-stderr rkt image extract --overwrite layout "$word"
        assert_equal "$stderr" 'extract: this would delete your root filesystem. Refusing.'
    done
    run -254 --separate-stderr rkt image extract --overwrite none "$images/dir"
    run -0 ls "$images/dir/bin/busybox" # what fails changes nothing
    run -254 rkt image extract layout
    assert_contains "$output" 'USAGE:'
    rm -r "$images/dir"
}

@test "render stacks what an image depends on, extract does not" {
    local tree
    tree=$(mktemp -d)
    echo upper >"$tree/upper"
    make_aci_from "$images/upper.aci" example.com/upper "$tree" '{"dependencies":[{"imageName":"example.com/web"}]}'
    rm -r "$tree"
    import "$images/web.aci" "$images/upper.aci" >/dev/null
    run -0 rkt image render --rootfs-only example.com/upper "$images/dir"
    run -0 ls "$images/dir/upper" "$images/dir/bin/busybox"
    run -0 rkt image extract --overwrite --rootfs-only example.com/upper "$images/dir"
    run -0 ls -A "$images/dir"
    assert_equal "$output" upper
    # One that another needs outlives it in the store.
    run -0 rkt image rm example.com/web
    run -254 --separate-stderr rkt image render --overwrite example.com/upper "$images/dir"
    assert_contains "$stderr" 'example.com/web'
    rm -r "$images/dir"
}

@test "verify finds a flipped bit in a tree; run refuses it, and runs it when told to" {
    local id file
    id=$(import "$images/web.aci")
    run -0 rkt image verify example.com/web "$id"
    assert_equal "${lines[0]}" "successfully verified checksum for image: \"example.com/web\" (\"$id\")"
    file=$cas/tree/$id/rootfs/etc/passwd
    flip_bit "$file" 10
    run -0 rkt --insecure-options=image,ondisk run "$images/web.aci"
    for _ in 1 2; do # and again: refusing is no repair
        run -254 --separate-stderr rkt --insecure-options=image run "$images/web.aci"
        assert_contains "$stderr" 'is not what it was'
        assert_contains "$stderr" '/etc/passwd'
    done
    run -0 rkt image verify example.com/web
    assert_contains "${lines[0]}" 'tree cache verification failed for image example.com/web: '
    assert_contains "${lines[0]}" ';  rebuilding...'
    assert_contains "${lines[1]}" 'successfully verified checksum'
    run -0 rkt --insecure-options=image run "$images/web.aci"
    run -0 tar --compare --file="$images/web.aci" --directory="$cas/tree/$id" rootfs
}

@test "trees that were sealed by a program of before are as good, and as well looked after" {
    local id seal tree=$images/tree file
    mkdir "$tree"
    echo content >"$tree/file"
    make_aci_from "$images/file.aci" example.com/file "$tree"
    rm -r "$tree"
    id=$(import "$images/file.aci")
    seal=$cas/tree/$id/seal file=$cas/tree/$id/rootfs/file
    # The key in it is for root's eyes.
    run -0 stat --format=%a "$cas/tree/$id" "$seal"
    assert_equal "$output" $'700\n400'
    # Version 1: no key, and at the end the file's plain digest.
    printf '\1' | dd of="$seal" bs=1 seek=8 conv=notrunc status=none
    dd if=/dev/zero of="$seal" bs=1 seek=32 count=32 conv=notrunc status=none
    printf '%b' "$(sha256sum "$file" | head -c 64 | sed 's/../\\x&/g')" |
        dd of="$seal" bs=1 seek=$(($(stat --format=%s "$seal") - 32)) conv=notrunc status=none
    chown root "$file" # its ctime is another one now, and the seal is renewed
    run -0 rkt image verify example.com/file
    assert_equal "${#lines[@]}" 1
    run -0 od -An -tu4 -j 8 -N 4 "$seal"
    assert_equal "${output// /}" 1
    flip_bit "$file" 3
    run -0 rkt image verify example.com/file
    assert_contains "${lines[0]}" 'has other content'
    # What takes its place has a seal of today.
    run -0 od -An -tu4 -j 8 -N 4 "$seal"
    assert_equal "${output// /}" 2
    run -0 rkt image verify example.com/file
    assert_equal "${#lines[@]}" 1
}

@test "verify finds names that came, went or changed in a tree" {
    local id tree
    id=$(import "$images/web.aci")
    tree=$cas/tree/$id/rootfs
    for change in "touch $tree/new" "rm $tree/bin/cat" "chmod 777 $tree/etc/passwd" "chown 1 $tree/etc" "ln -sf /x $tree/bin/cat" "mv $tree/bin/cat $tree/bin/dog"; do
        $change
        run -254 rkt --insecure-options=image run "$images/web.aci"
        run -0 rkt image verify "$id"
        assert_contains "$output" 'rebuilding...'
        run -0 rkt image verify "$id"
        assert_equal "${#lines[@]}" 1
    done
    run -254 --separate-stderr rkt image verify example.com/none "$id"
    assert_contains "$stderr" 'cannot find image'
    assert_contains "$output" 'successfully verified'
}

@test "verify finds a flipped bit in what was delivered; importing again mends it" {
    local id blob
    id=$(import "$images/packed.aci")
    blob=$(find "$cas/blobs" -type f)
    sleep 0.1 # the import must count as unchanged, so that it is known to have been forgotten
    import "$images/packed.aci" >/dev/null
    flip_bit "$blob" 5000
    run -254 --separate-stderr rkt image verify "$id"
    assert_contains "$stderr" 'has to be imported again'
    run -254 --separate-stderr rkt image verify "$id"
    assert_contains "$stderr" 'cannot open blob'
    run -254 --separate-stderr rkt image export "$id" "$images/none.aci"
    [[ ! -e $images/none.aci ]]
    run -0 import "$images/packed.aci"
    run -0 rkt image verify "$id"
}

@test "a running pod keeps the tree it runs on, bad as it is, until gc after its end" {
    local id uuid
    id=$(import "$images/web.aci")
    uuid=$(rkt --insecure-options=image run --detach "$images/web.aci" --exec=/bin/sleep -- 1000)
    echo mallory >>"$cas/tree/$id/rootfs/etc/passwd"
    run -0 rkt image verify "$id"
    assert_contains "$output" 'rebuilding...'
    run -0 rkt image gc --grace-period=0s
    run -0 rkt enter "$uuid" /bin/grep mallory "/proc/self/root$(systemctl show -P ExecStart "rkt-$uuid-web.service" | grep -o '/var/lib/rkt[^ ]*rootfs' | head -1)/etc/passwd"
    stop_pod "$uuid"
    run -0 rkt gc --grace-period=0s
    run -0 rkt image gc --grace-period=0s
    assert_nothing_stored
}

@test "rm: by id and name; what is unknown is told and counts as nothing" {
    local id
    id=$(import "$images/web.aci")
    import "$images/web2.aci" "$images/layout" >/dev/null
    run -0 --separate-stderr rkt image rm "${id:0:19}" example.com/none sha512-f
    assert_equal "$output" "successfully removed aci for image: \"$id\""
    assert_equal "$stderr" $'rm: image name "example.com/none" not found\nrm: image ID "sha512-f" not valid: image ID too short\nrm: 1 image(s) successfully removed\nrm: 2 image(s) cannot be removed'
    # A name means all that have it.
    import "$images/web.aci" >/dev/null
    run -0 --separate-stderr rkt image rm example.com/web layout:latest layout
    assert_equal "${#lines[@]}" 3
    assert_equal "$stderr" 'rm: 3 image(s) successfully removed'
    run -0 rkt image list --no-legend
    assert_equal "$output" ''
    run -0 find "$cas/blobs" -type f
    assert_equal "$output" ''
    run -254 --separate-stderr rkt image rm
    assert_equal "$stderr" 'rm: must provide at least one image ID'
}

@test "an image that is removed runs on in its pods" {
    local uuid
    uuid=$(rkt --insecure-options=image prepare "$images/web.aci")
    run -0 rkt image rm example.com/web
    run -0 rkt image gc --grace-period=0s
    run -0 rkt --insecure-options=image run-prepared "$uuid"
}

# As if it were not installed. (A pod's mounts are for all to see, so this one is, too.)
without_sqlite() { # COMMAND...
    local lib status=0
    lib=$(readlink -f /usr/lib/*/libsqlite3.so.0)
    mount --bind /dev/null "$lib"
    "$@" || status=$?
    umount "$lib"
    return "$status"
}

@test "run asks the index once, and again when anything in the store has changed" {
    local one two
    make_aci "$images/one.aci" example.com/said "$(exec_of /bin/echo one)"
    make_aci "$images/two.aci" example.com/said "$(exec_of /bin/echo two)"
    said() { rkt --insecure-options=image run example.com/said 2>/dev/null | tr -d '\r' | grep -o '[a-z]*$'; }
    one=$(import "$images/one.aci")
    run -0 said # with a stage1 that comes into the store, too
    sleep 0.1
    run -0 said
    run -0 without_sqlite rkt --insecure-options=image run example.com/said
    assert_contains "$output" one
    run -254 --separate-stderr without_sqlite rkt --insecure-options=image run "${one:0:20}"
    assert_contains "$stderr" "cannot load the image index's library: "
    run -0 rkt --insecure-options=image run "${one:0:20}"
    run -0 without_sqlite rkt --insecure-options=image run "${one:0:20}"
    assert_contains "$output" one
    run -254 --separate-stderr without_sqlite rkt image rm example.com/said
    assert_contains "$stderr" "cannot load the image index's library: "

    two=$(import "$images/two.aci")
    run -254 --separate-stderr without_sqlite rkt --insecure-options=image run example.com/said
    assert_contains "$stderr" "cannot load the image index's library: "
    assert_equal "$(said)" two
    assert_equal "$(said)" two
    run -0 rkt image rm "$two"
    assert_equal "$(said)" one
    assert_equal "$(said)" one
    echo mallory >>"$cas/tree/$one/rootfs/etc/passwd"
    run -254 --separate-stderr without_sqlite rkt --insecure-options=image run example.com/said
    run -254 --separate-stderr rkt --insecure-options=image run example.com/said
    assert_contains "$stderr" "image $one is not what it was"
    run -0 rkt image rm "$one"
    run -254 rkt --insecure-options=image run --pull-policy=never example.com/said
    rm "$images/one.aci" "$images/two.aci"
}

@test "gc: trees that no pod uses, images that were not used for a while" {
    local id other uuid
    id=$(import "$images/web.aci")
    other=$(import "$images/web2.aci")
    uuid=$(rkt --insecure-options=image run --detach "$images/web.aci" --exec=/bin/sleep -- 1000)
    run -0 --separate-stderr rkt image gc
    assert_equal "$output" ''
    assert_equal "$stderr" "gc: removed treestore \"$other\""
    run -0 --separate-stderr rkt image gc --grace-period=0s
    assert_contains "$output" "successfully removed aci for image: \"$other\""
    [[ $output != *"$id"* ]]
    run -0 rkt image list --no-legend --fields=name
    assert_equal "$output" 'example.com/web:1.0'
    stop_pod "$uuid"
    run -0 --separate-stderr rkt image gc --grace-period=0s
    assert_equal "$output" "successfully removed aci for image: \"$id\""
    assert_equal "$stderr" 'gc: 1 image(s) successfully removed' # the pod still has its tree
    run -0 rkt gc --grace-period=0s
    run -0 rkt image gc
    assert_nothing_stored
    run -254 --separate-stderr rkt image gc --grace-period=soon
    assert_contains "$stderr" 'invalid argument "soon"'
}

@test "gc keeps what an image that stays depends on" {
    local tree uuid
    tree=$(mktemp -d)
    make_aci_from "$images/upper.aci" example.com/upper "$tree" \
        '{"app":{"exec":["/bin/sleep","1000"],"user":"0","group":"0"},"dependencies":[{"imageName":"example.com/web"}]}'
    rmdir "$tree"
    import "$images/web.aci" >/dev/null
    uuid=$(rkt --insecure-options=image run --detach "$images/upper.aci")
    run -0 --separate-stderr rkt image gc --grace-period=0s
    run -0 rkt image list --no-legend --fields=name --sort=name
    assert_equal "$output" $'example.com/upper:1.0\nexample.com/web:1.0'
    stop_pod "$uuid"
}

@test "many imports at once, of the same and of other images, with gc in between" {
    local pids=()
    for i in {1..4}; do
        import "$images/web.aci" "$images/layout" "$images/web2.aci" >"$images/out.$i" 2>&1 &
        pids+=($!)
        import "$images/layout.tar" "$images/packed.aci" "$images/save.tar" >/dev/null 2>"$images/err.$i" &
        pids+=($!)
        rkt image gc --grace-period=1h >/dev/null 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    for i in {2..4}; do
        cmp "$images/out.1" "$images/out.$i"
        [[ ! -s $images/err.$i ]]
    done
    run -0 rkt image verify example.com/web:1.0 example.com/web:2.0 layout
    run -0 find "$cas/tmp" -mindepth 1
    assert_equal "$output" ''
}

@test "kill -9 in mid-import: gc leaves nothing of it, and the next import is whole" {
    local tree pid interrupted=0
    tree=$(mktemp -d)
    head -c 60M /dev/urandom >"$tree/large"
    make_aci_from "$images/large.aci" example.com/large "$tree"
    rm -r "$tree"
    for kib in 0 100 10000 30000 50000; do
        rkt --insecure-options=image image import "$images/large.aci" >/dev/null 2>&1 &
        pid=$!
        until [[ -n $(find "$cas/tmp" -type f -size "+${kib}k" 2>/dev/null) ]] || ! kill -0 "$pid" 2>/dev/null; do
            :
        done
        kill -9 "$pid" || true
        wait "$pid" || true
        [[ -z $(ls "$cas/tmp") ]] || interrupted=$((interrupted + 1))
        run -0 rkt image gc --grace-period=0s
        assert_nothing_stored
    done
    ((interrupted > 0)) || fail 'no import was interrupted'
    run -0 import "$images/large.aci"
    run -0 rkt image verify example.com/large
    rm "$images/large.aci"
}

@test "df: what uses how much, and how much of it could go" {
    local uuid
    run -0 rkt df
    assert_equal "${lines[0]}" $'WHAT\tCOUNT\tSIZE\tRECLAIMABLE'
    assert_equal "${lines[1]}" $'images\t0\t0B\t0B'
    import "$images/web.aci" >/dev/null
    run -0 rkt df --format=json
    assert_equal "$(jq -c '[.images.count, .trees.count, .pods.count]' <<<"$output")" '[1,1,0]'
    assert_equal "$(jq '.images.size == .images.reclaimable and .trees.size == .trees.reclaimable' <<<"$output")" true
    assert_equal "$(jq '.images.size' <<<"$output")" "$(stat -c %s "$images/web.aci")"
    uuid=$(rkt --insecure-options=image run --detach "$images/web.aci" --exec=/bin/sleep -- 1000)
    run -0 rkt df --format=json
    assert_equal "$(jq -c '[.trees.reclaimable, .pods.count, .pods.reclaimable]' <<<"$output")" '[0,1,0]'
    stop_pod "$uuid"
    run -0 rkt df --full --no-legend
    assert_equal "${#lines[@]}" 4
    assert_equal "$(awk '$1 == "pods" { print $2, $3 == $4 }' <<<"$output")" '1 1'
}

@test "help tells the verbs; a word that is none gets help, too" {
    run -0 rkt image
    for verb in cat-manifest export extract gc import list render rm verify; do
        assert_contains "$output" "    image $verb"
        run -0 rkt help image "$verb"
        assert_contains "$output" $'USAGE:\n\trkt image '"$verb"
        run -0 rkt image
    done
    # An old name that goes on working.
    [[ $output != *'image fetch'* ]]
    run -0 rkt image fetch --help
    run -0 rkt image bogus
    assert_contains "$output" 'COMMANDS:'
}

@test "export as a layout: other tools read it, and digests stay" {
    local config
    config=$(skopeo inspect --raw "oci:$images/layout:latest" | jq -r .config.digest)
    import "$images/layout" "$images/web.aci" "docker-archive:$images/save.tar" >/dev/null

    run -0 rkt image export --format=oci layout "$images/out"
    assert_equal "$output" ''
    assert_equal "$(jq -r '.manifests[0].digest' "$images/out/index.json")" "$(jq -r '.manifests[0].digest' "$images/layout/index.json")"
    run -0 skopeo copy -q "oci:$images/out:latest" "oci:$images/copied:latest"
    run -254 --separate-stderr rkt image export --format=oci layout "$images/out"
    assert_equal "$stderr" 'export: output directory exists (try --overwrite)'

    # docker save has no manifest of its own: one is made, and the config stays.
    run -0 rkt image rm layout
    import "docker-archive:$images/save.tar" >/dev/null
    run -0 rkt image export --overwrite --format=oci docker.io/example/saved "$images/out"
    run -0 skopeo inspect "oci:$images/out:1.0"
    assert_equal "$(skopeo inspect --raw "oci:$images/out:1.0" | jq -r .config.digest)" "$config"

    # Of an ACI an image of one layer is made.
    run -0 rkt image export --overwrite --format=oci example.com/web "$images/out"
    run -0 skopeo inspect --config "oci:$images/out:1.0"
    assert_equal "$(jq -c '[.os, .config.Entrypoint, .config.User]' <<<"$output")" '["linux",["/bin/true"],"0:0"]'
    umoci unpack --image "$images/out:1.0" "$images/bundle"
    run -0 rkt image extract --rootfs-only example.com/web "$images/dir"
    run -0 diff -r --no-dereference "$images/dir" "$images/bundle/rootfs"
    run -0 rkt --insecure-options=image run "$images/out"

    run -254 --separate-stderr rkt image export --format=rpm layout "$images/none"
    assert_contains "$stderr" 'unknown format "rpm"'
    rm -r "$images"/{out,copied,bundle,dir}
}
