#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt run: images of each local form, what an app gets, and how a pod's end is told.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/run-images
    mkdir -p "$images"
    make_aci "$images/true.aci" example.com/true
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c 'echo hello; echo oops >&2')"
    make_aci "$images/args.aci" example.com/args "$(exec_of /bin/printf '<%s>')"
    make_layout "$images/layout" latest --config.entrypoint=/bin/sh --config.cmd=-c --config.cmd='echo from a layout'
    tar --create --file="$images/layout.tar" --directory="$images/layout" .
    skopeo copy -q "oci:$images/layout:latest" "docker-archive:$images/save.tar:example/saved:1.0"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

@test "an ACI runs, its output is printed, its exit status is ours" {
    run -0 --separate-stderr rkt run "$images/sh.aci"
    assert_equal "$output" $'hello\noops'
    run -0 rkt run "$images/true.aci"
    run -7 rkt run "$images/sh.aci" --exec=/bin/sh -- -c 'exit 7'
}

@test "an OCI layout runs: directory, tar, and by reference" {
    run -0 rkt run "$images/layout"
    assert_equal "$output" 'from a layout'
    run -0 rkt run "oci:$images/layout:latest"
    assert_equal "$output" 'from a layout'
    run -0 rkt run "$images/layout.tar"
    assert_equal "$output" 'from a layout'
}

@test "a docker save archive runs" {
    run -0 rkt run "$images/save.tar"
    assert_equal "$output" 'from a layout'
}

@test "arguments reach the app byte for byte" {
    run -0 rkt run "$images/args.aci" -- '%n %% $HOME ${X}' $'two\nlines' "it's" '"quoted"' '\x41\n' 'ünï' '' '--' '-h'
    assert_equal "$output" $'<%n %% $HOME ${X}><two\nlines><it\'s><"quoted"><\\x41\\n><ünï><><--><-h>'
}

@test "the environment reaches the app byte for byte" {
    local value=$'two\nlines "q" \'x\' \\ $HOME %h ${X} \t\1 end'
    run -0 rkt run --set-env=V="$value" --set-env=EMPTY= "$images/true.aci" --exec=/bin/sh -- -c 'printf "%s|%s|" "$V" "${EMPTY-unset}"'
    assert_equal "$output" "$value||"
    run -254 --separate-stderr rkt run --set-env=V=$'\xff' "$images/true.aci"
    assert_contains "$stderr" 'not UTF-8'
    run -254 --separate-stderr rkt run --set-env='A B=1' "$images/true.aci"
    assert_contains "$stderr" '"A B" is no name of an environment variable'
}

@test "arguments that are not UTF-8 are refused, and nothing is left of the pod" {
    run -254 --separate-stderr rkt run "$images/args.aci" -- $'\xff\xfe'
    assert_contains "$stderr" 'UTF-8'
    run -0 rkt list --no-legend
    assert_equal "$output" ''
}

@test "the environment: image, --environment, --set-env-file, --set-env, --inherit-env" {
    printf '# comment\n; too\n\nFILE=file\nBOTH=file\n' >"$images/env"
    export INHERITED=yes
    make_aci "$images/env.aci" example.com/env \
        '{"app":{"exec":["/bin/env"],"user":"0","group":"0","environment":[{"name":"IMAGE","value":"a $b %c"},{"name":"BOTH","value":"image"}]}}'
    run -0 rkt run --set-env=SET='with space' --set-env-file="$images/env" "$images/env.aci" --environment=OWN=own
    assert_contains "$output" $'\nIMAGE=a $b %c\n'
    assert_contains $'\n'"$output" $'\nSET=with space\n'
    assert_contains $'\n'"$output" $'\nFILE=file\n'
    assert_contains $'\n'"$output" $'\nBOTH=file\n'
    assert_contains $'\n'"$output" $'\nOWN=own\n'
    assert_contains $'\n'"$output" $'\nAC_APP_NAME=env\n'
    [[ $output != *INHERITED* && $output != *LANG=* ]]
    run -0 rkt run --inherit-env "$images/env.aci"
    assert_contains $'\n'"$output" $'\nINHERITED=yes\n'
    run -254 --separate-stderr rkt run --set-env=A=1 --set-env=A=2 "$images/env.aci"
    assert_contains "$stderr" 'key "A" already set'
}

@test "users and groups come from the image, with its groups and no others" {
    getent passwd 1000 >/dev/null || useradd --uid 1000 --groups adm,sudo host-alice
    run -0 rkt run "$images/true.aci" --exec=/bin/sh --user=alice --group=staff -- -c 'id -u; id -g; grep ^Groups: /proc/self/status'
    assert_equal "$output" $'1000\n50\nGroups:\t50'
    run -0 rkt run "$images/true.aci" --exec=/bin/sh --user=4242 --group=4343 --supplementary-gids=7,8 -- -c 'id -u; id -g; grep ^Groups: /proc/self/status'
    assert_equal "$output" $'4242\n4343\nGroups:\t7 8 4343'
    run -254 --separate-stderr rkt run "$images/true.aci" --user=mallory
    assert_contains "$stderr" 'invalid user "mallory"'
}

@test "who is not root has a home of his own, in the image's tree" {
    run -0 rkt run "$images/true.aci" --exec=/bin/sh --user=bob --group=100 -- -c 'echo $USER $LOGNAME $HOME'
    assert_contains "$output" 'bob bob /var/lib/rkt/pods/run/'
    assert_contains "$output" '/rootfs/home/bob'
    run -0 rkt run --set-env=HOME=/tmp "$images/true.aci" --exec=/bin/sh --user=4242 --group=4343 -- -c 'echo $USER $HOME'
    assert_equal "$output" '4242 /tmp'
    run -0 rkt run "$images/true.aci" --exec=/bin/sh -- -c 'echo $USER $HOME'
    assert_equal "$output" 'root /root'
}

@test "the working directory, in the image's tree" {
    run -0 rkt run "$images/true.aci" --exec=/bin/sh --working-dir=/var -- -c 'pwd'
    assert_contains "$output" '/rootfs/var'
    run -254 --separate-stderr rkt run "$images/true.aci" --working-dir=var
    assert_contains "$stderr" 'workingDirectory'
    run -254 --separate-stderr rkt run "$images/true.aci" --working-dir=/nowhere
    assert_contains "$stderr" '"/nowhere"'
}

@test "several apps: names, output with names, the first failure's status" {
    run -0 rkt run "$images/sh.aci" --name=one -- -c 'echo 1' --- "$images/sh.aci" --name=two --exec=/bin/sh -- -c 'echo 2'
    [[ $output =~ one\[[0-9]+\]:\ hello ]]
    [[ $output =~ two\[[0-9]+\]:\ 2 ]]
    run -3 rkt run "$images/true.aci" --name=one --- "$images/sh.aci" --name=two --exec=/bin/sh -- -c 'exit 3'
    run -254 --separate-stderr rkt run "$images/true.aci" "$images/true.aci"
    assert_contains "$stderr" 'multiple apps with name true'
}

@test "apps start in order: each waits for the one before it" {
    run -0 rkt run "$images/true.aci" --name=one --exec=/bin/sh --annotation=appc.io/executor/supports-systemd-notify=true --property=NotifyAccess=all \
        -- -c 'sleep 1; echo one is ready; systemd-notify --ready || /usr/bin/systemd-notify --ready; sleep 1' \
        --- "$images/true.aci" --name=two --exec=/bin/echo -- two starts
    [[ $output =~ one\[.*ready.*two\[.*two\ starts ]]
}

@test "output is in order and complete, however fast the app ends" {
    run -0 rkt run "$images/sh.aci" --exec=/bin/sh -- -c 'i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; printf "no newline"'
    assert_equal "$(sed -n '1p;$p' <<<"$output")" $'line 0\nno newline'
    assert_equal "$(wc -l <<<"$output")" 5001
    assert_equal "$(head -5000 <<<"$output")" "$(seq -f 'line %g' 0 4999)"
    for _ in {1..20}; do
        run -0 rkt run "$images/sh.aci"
        assert_equal "$output" $'hello\noops'
    done
}

@test "output is complete, however much there is" {
    rkt run "$images/sh.aci" --exec=/bin/busybox -- seq 100000 >"$images/much"
    seq 100000 | cmp - "$images/much"
}

@test "the pod as units: slice, scope, services, limits and properties" {
    local uuid
    uuid=$(rkt run --detach "$images/true.aci" --exec=/bin/sleep --memory=64M --property=TasksMax=17 -- 1000)
    run -0 systemctl show -p ActiveState -p Slice -p MemoryMax -p TasksMax -p BindsTo "rkt-$uuid-true.service"
    assert_contains "$output" 'ActiveState=active'
    assert_contains "$output" "Slice=machine-rkt-${uuid//-/}.slice"
    assert_contains "$output" 'MemoryMax=64000000'
    assert_contains "$output" 'TasksMax=17'
    assert_contains "$output" "BindsTo=rkt-$uuid.scope"
    run -0 machinectl list --no-legend
    assert_contains "$output" "rkt-$uuid container rkt"
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    run -0 rkt stop "$uuid"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'app-true=0'
}

@test "journalctl -M shows the pod's log and nothing else, and rkt logs the same after its end" {
    local uuid
    logger 'a line of the host'
    uuid=$(rkt run --detach "$images/sh.aci" --exec=/bin/sh -- -c 'echo in the pod; sleep 1000')
    for _ in {1..50}; do
        run -0 journalctl -M "rkt-$uuid" -q -o cat
        [[ $output != *'in the pod'* ]] || break
        sleep 0.1
    done
    assert_contains "$output" 'in the pod'
    [[ $output != *'line of the host'* ]]
    run -0 rkt logs "$uuid"
    assert_equal "$output" 'in the pod'
    rkt stop "$uuid"
    rkt status --wait=10s "$uuid"
    run -0 rkt logs --app=sh "$uuid"
    assert_equal "$output" 'in the pod'
}

@test "a pod manifest given whole" {
    local id
    rkt run --uuid-file-save="$images/uuid" "$images/sh.aci" >/dev/null
    id=$(rkt cat-manifest --uuid-file="$images/uuid" | jq -r '.apps[0].image.id')
    jq -n --arg id "$id" '{acKind: "PodManifest", acVersion: "0.8.11", apps: [{name: "mine", image: {id: $id},
        app: {exec: ["/bin/echo", "from a manifest"], user: "0", group: "0"}}]}' >"$images/pod.json"
    run -0 rkt run --pod-manifest="$images/pod.json"
    assert_equal "$output" 'from a manifest'
    run -254 --separate-stderr rkt run --pod-manifest="$images/pod.json" "$images/sh.aci"
    assert_contains "$stderr" 'conflicting flags set with --pod-manifest (see --help)'
}

@test "--uuid-file-save, and what reads it" {
    run -0 rkt run --uuid-file-save="$images/uuid" "$images/true.aci"
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'state=exited'
    run -0 rkt rm --uuid-file="$images/uuid"
    assert_equal "$output" "\"$(<"$images/uuid")\""
}

@test "--no-overlay: the same, from a copy" {
    run -0 rkt run --no-overlay "$images/sh.aci"
    assert_equal "$output" $'hello\noops'
}

# Here, for this file is also run by an older kernel: before 6.15 layers have to be mounted to be translated.
@test "private users: overlays over translated layers, and no other mounts" {
    local uuid
    uuid=$(rkt run --detach --stage1-from-dir=stage1-coreos.aci --net=none --private-users "$images/sh.aci" --exec=/bin/sleep -- 1000)
    run -0 rkt enter "$uuid" cat /proc/self/uid_map
    [[ $output =~ ^\ +0\ +[1-9][0-9]+\ +65536$ ]]
    run -0 grep -c "$uuid" /proc/self/mountinfo
    assert_equal "$output" 2
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid"
    systemctl stop machine-rkt.slice
}

@test "volumes: host, read-only, empty, shared by apps" {
    mkdir -p "$images/data"
    echo content >"$images/data/file"
    run -0 rkt run --volume=data,kind=host,source="$images/data" "$images/true.aci" --exec=/bin/sh --mount=volume=data,target=/srv/data \
        -- -c 'cat /srv/data/file; echo new >/srv/data/new'
    assert_equal "$output" content
    assert_equal "$(<"$images/data/new")" new
    [[ ! -e /srv/data ]]
    run -1 rkt run --volume=data,kind=host,source="$images/data",readOnly=true "$images/true.aci" --exec=/bin/sh --mount=volume=data,target=/srv/data \
        -- -c 'echo no >/srv/data/no'
    [[ ! -e $images/data/no ]]
    run -0 rkt run --volume=shared,kind=empty "$images/true.aci" --name=one --exec=/bin/sh --mount=volume=shared,target=/shared \
        -- -c 'echo handed over >/shared/file' --- "$images/true.aci" --name=two --exec=/bin/sh --mount=volume=shared,target=/else \
        -- -c 'while ! cat /else/file 2>/dev/null; do sleep 0.1; done'
    assert_contains "$output" 'handed over'
}

@test "programs of the image run with the image's own loader" {
    local tree=$images/dynamic
    mkdir -p "$tree/usr/bin" "$tree/etc"
    cp /usr/bin/env "$tree/usr/bin/own-env"
    # The host's own program and libraries, at places where the host does not look.
    mkdir -p "$tree/lib64" "$tree/odd/libs"
    cp -L /lib64/ld-linux-x86-64.so.2 "$tree/lib64/"
    cp -L "$(ldd /usr/bin/env | awk '/libc.so/ { print $3 }')" "$tree/odd/libs/"
    echo /odd/libs >"$tree/etc/ld.so.conf"
    printf '#!/usr/bin/own-env own-env\nignored\n' >"$tree/usr/bin/script"
    chmod +x "$tree/usr/bin/script"
    make_aci_from "$images/dynamic.aci" example.com/dynamic "$tree" "$(exec_of own-env)"
    run -0 rkt run "$images/dynamic.aci"
    assert_contains "$output" AC_APP_NAME=dynamic
    run -254 --separate-stderr rkt run "$images/dynamic.aci" --exec=/bin/sh
    assert_contains "$stderr" '/bin/sh'
}

@test "a pod that takes its time is detached from once it is up and registered" {
    local uuid
    uuid=$(timeout 30 "$(type -P rkt)" --insecure-options=image run --detach "$images/true.aci" --exec=/bin/sh \
        --annotation=appc.io/executor/supports-systemd-notify=true --property=NotifyAccess=all \
        -- -c 'sleep 0.5; /usr/bin/systemd-notify --ready; sleep 1000')
    run -0 machinectl show -p Leader --value "rkt-$uuid"
    assert_equal "$output" "$(cat "/var/lib/rkt/pods/run/$uuid/pid")"
    rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'state=exited'
    rkt gc >/dev/null # marks it: the next one removes it
}
