#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Files in /etc/rkt/pods become services, at boot and at "systemctl daemon-reload".

# run sets these.
# shellcheck disable=SC2154

load helper
load images

generator=/usr/lib/systemd/system-generators/rkt-generator

setup_file() {
    export images=/var/tmp/generator-images
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

setup() {
    rm -rf /etc/rkt/pods /run/rkt/pods
    mkdir -p /etc/rkt/pods
}

teardown() {
    systemctl stop 'gen-*' 2>/dev/null || :
    rm -rf /etc/rkt/pods /run/rkt/pods
    systemctl daemon-reload
    systemctl reset-failed 2>/dev/null || :
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

pod_file() { # NAME [LINE…]
    local name=$1
    shift
    printf '%s\n' "$@" >"/etc/rkt/pods/$name"
}

# What stands in the journal since a moment. --after-cursor would leave out the first that matches.
complaints() { # CURSOR
    journalctl --sync
    journalctl --quiet --output=cat --cursor="$1" SYSLOG_IDENTIFIER=rkt-generator
}

cursor() {
    journalctl --sync
    journalctl --quiet --lines=1 --show-cursor --output=cat | sed -n 's/^-- cursor: //p'
}

@test "a pod file becomes a service: wanted, started with all apps up, stopped" {
    local uuid
    pod_file gen-web.pod '[Unit]' 'Description=two that sleep' '[Pod]' 'InsecureOptions=image' \
        "RunArguments=--uuid-file-save=$images/uuid" \
        '[App one]' "Image=$images/sleep.aci" 'Environment=A=1 "B=two words"' \
        '[App two]' "Image=$images/sleep.aci" 'Memory=64M' \
        "Exec=/bin/sh -c 'echo \"\$0 \$1\" 100%%; exec sleep 1000' \"it's\" \$HOME" \
        '[Install]' 'WantedBy=multi-user.target'
    systemctl daemon-reload
    run -0 systemctl show -p Description -p SourcePath -p UnitFileState -p WantedBy gen-web.service
    assert_equal "$(sort <<<"$output")" $'Description=two that sleep\nSourcePath=/etc/rkt/pods/gen-web.pod\nUnitFileState=generated\nWantedBy=multi-user.target'
    run -0 systemd-analyze security --no-pager --threshold=95 gen-web.service
    systemctl start gen-web.service
    uuid=$(<"$images/uuid")
    run -0 systemctl is-active "rkt-$uuid-one.service" "rkt-$uuid-two.service"
    run -0 cat "/proc/$(systemctl show -p MainPID --value "rkt-$uuid-one.service")/environ"
    assert_contains "$(tr '\0' '\n' <"/proc/$(systemctl show -p MainPID --value "rkt-$uuid-one.service")/environ")" 'B=two words'
    run -0 systemctl show -p MemoryMax --value "rkt-$uuid-two.service"
    assert_equal "$output" 64000000
    run -0 rkt logs --app=two "$uuid"
    # shellcheck disable=SC2016 # as it stands
    assert_contains "$output" 'it'\''s $HOME 100%'
    systemctl stop gen-web.service
    run -0 systemctl show -p Result --value gen-web.service
    assert_equal "$output" success
}

@test "a pod manifest becomes a service that starts at boot; its drop-in adds what a manifest cannot say" {
    local uuid id
    uuid=$(rkt --insecure-options=image prepare "$images/sleep.aci" --name=only)
    rkt cat-manifest "$uuid" >/etc/rkt/pods/gen-manifest.json
    mkdir /etc/rkt/pods/gen-manifest.json.d
    pod_file gen-manifest.json.d/10-where.conf '[Pod]' 'InsecureOptions=image' \
        "RunArguments=--uuid-file-save=$images/uuid" '[Service]' 'Restart=on-failure'
    systemctl daemon-reload
    run -0 systemctl show -p WantedBy -p Restart gen-manifest.service
    assert_equal "$(sort <<<"$output")" $'Restart=on-failure\nWantedBy=multi-user.target'
    systemctl start gen-manifest.service
    id=$(<"$images/uuid")
    [[ $id != "$uuid" ]]
    run -0 systemctl is-active "rkt-$id-only.service"
    systemctl stop gen-manifest.service
    rkt rm "$uuid"
}

@test "drop-ins and places: the first directory that has a name decides" {
    mkdir -p /run/rkt/pods/gen-a.pod.d /etc/rkt/pods/gen-a.pod.d
    printf '[App]\nImage=/run.aci\n' >/run/rkt/pods/gen-a.pod
    printf '[App]\nImage=/masked.aci\n' >/run/rkt/pods/gen-masked.pod
    ln -s /dev/null /etc/rkt/pods/gen-masked.pod
    printf '[App]\nMemory=1G\nCPU=\n' >/run/rkt/pods/gen-a.pod.d/20.conf
    printf '[App]\nMemory=2G\nCPU=500m\n' >/etc/rkt/pods/gen-a.pod.d/10.conf
    run -0 "$generator" --dry-run
    assert_contains "$output" 'ExecStart=:/usr/bin/rkt run /run.aci --memory=1G'
    [[ $output != *masked* && $output != *--cpu* ]]
    ln -s /dev/null /etc/rkt/pods/gen-a.pod.d/20.conf
    run -0 "$generator" --dry-run
    assert_contains "$output" 'ExecStart=:/usr/bin/rkt run /run.aci --cpu=500m --memory=2G'
}

@test "templates: each instance is a pod of its own" {
    pod_file gen-t@.pod '[Pod]' 'InsecureOptions=image' "RunArguments=--uuid-file-save=$images/uuid-%i" \
        '[App]' "Image=$images/sleep.aci" 'Environment=WHO=%i' '[Install]' 'WantedBy=multi-user.target' 'DefaultInstance=first'
    systemctl daemon-reload
    run -0 systemctl show -p WantedBy --value gen-t@first.service
    assert_equal "$output" multi-user.target
    systemctl start gen-t@a.service gen-t@b.service
    run -0 cat "/proc/$(systemctl show -p MainPID --value "rkt-$(<"$images/uuid-b")-sleep.service")/environ"
    assert_contains "$(tr '\0' '\n' <"/proc/$(systemctl show -p MainPID --value "rkt-$(<"$images/uuid-b")-sleep.service")/environ")" 'WHO=b'
    [[ $(<"$images/uuid-a") != "$(<"$images/uuid-b")" ]]
    systemctl stop 'gen-t@*'
}

@test "bad files cost one line each in the journal, and nothing else" {
    local since name
    pod_file gen-good.pod '[App]' 'Image=/good.aci'
    pod_file gen-typo.pod '[App]' 'Imgae=/x.aci'
    pod_file gen-half.pod '[App' 'Image=/x.aci'
    pod_file 'gen bad.pod' '[App]' 'Image=/x.aci'
    pod_file gen-json.json '{'
    pod_file gen-link.pod '[App]' 'Image=/x.aci' '[Install]' 'WantedBy=../../x.target'
    pod_file gen-good.json "$(jq -n '{acKind: "PodManifest", acVersion: "0.8.11", apps: []}')"
    head -c 100 /dev/urandom >/etc/rkt/pods/gen-noise.pod
    mkfifo /etc/rkt/pods/gen-fifo.pod
    mkdir /etc/rkt/pods/gen-dir.pod
    ln -s /nowhere /etc/rkt/pods/gen-dangling.pod
    since=$(cursor)
    systemctl daemon-reload
    run -0 systemctl show -p LoadState --value gen-typo.service gen-half.service gen-json.service gen-noise.service
    assert_equal "$(sort -u <<<"$output" | grep .)" not-found
    # Which of two files of a name is first is their names' order.
    run -0 systemctl show -p LoadState -p SourcePath gen-good.service
    assert_equal "$(sort <<<"$output")" $'LoadState=loaded\nSourcePath=/etc/rkt/pods/gen-good.json'
    run -0 complaints "$since"
    assert_contains "$output" '/etc/rkt/pods/gen-typo.pod:2: section [App] knows no key "Imgae"'
    assert_contains "$output" '/etc/rkt/pods/gen-half.pod:1: a heading ends with '
    assert_contains "$output" '/etc/rkt/pods/gen-good.pod: another file has made a unit of this name'
    assert_contains "$output" 'WantedBy=: "../../x.target" is no unit'
    for name in typo.pod half.pod json.json link.pod good.pod noise.pod fifo.pod dir.pod dangling.pod; do
        assert_equal "$(grep -c "/gen-$name" <<<"$output") $name" "1 $name"
    done
    assert_contains "$output" 'gen bad.pod: a unit cannot have such a name'
    run -1 --separate-stderr "$generator" --dry-run
    assert_contains "$stderr" 'rkt-generator: /etc/rkt/pods/gen-typo.pod:2: '
}

@test "systemd finds nothing to complain about in what is made" {
    local dir=$images/verify
    pod_file gen-v.pod '[Unit]' 'After=network.target' '[Pod]' 'Network=host' 'Order=none' '[App a]' 'Image=/a.aci' \
        "Exec=/bin/sh -c 'echo \"\\\\\\\\ \$1 %% ;\"' ;" '[App b]' 'Image=/b.aci' '[Service]' 'Slice=system.slice' '[Install]' 'WantedBy=multi-user.target'
    rm -rf "$dir"
    mkdir -p "$dir"/{normal,early,late}
    "$generator" "$dir/normal" "$dir/early" "$dir/late"
    assert_equal "$(find "$dir" -mindepth 1 -printf '%P\n' | sort | paste -sd ' ')" \
        'early late normal normal/gen-v.service normal/multi-user.target.wants normal/multi-user.target.wants/gen-v.service'
    run -0 --separate-stderr systemd-analyze verify --man=no "$dir/normal/gen-v.service"
    assert_equal "$(grep gen- <<<"$stderr" || :)" ''
}

@test "each key stands for an option that rkt has" {
    local key help
    help=$(rkt help run)
    pod_file gen-k.pod '[Pod]' 'DNS=1.1.1.1' 'DNSDomain=d' 'DNSOption=o' 'DNSSearch=s' 'Environment=A=1' 'EnvironmentFile=/dev/null' \
        'Hostname=h' 'HostsEntry=host' 'InheritEnvironment=yes' 'IPC=auto' 'MDSRegister=yes' 'Mount=volume=v,target=/v' 'Network=host' \
        'Order=none' 'Overlay=no' 'Port=p:80' 'PrivateUsers=yes' 'PullPolicy=never' 'Volume=v,kind=empty' 'TrustKeysFromHTTPS=yes' \
        'Stage1FromDir=a' 'Stage1Hash=a' 'Stage1Name=a' 'Stage1Path=a' 'Stage1URL=a' 'InsecureOptions=image' \
        '[App a]' 'Image=/a.aci' 'After=a.service' 'Annotation=a=1' 'CapsRemove=a' 'CapsRetain=a' 'CPU=1' 'CPUShares=5' 'Environment=A=1' 'Group=a' \
        'Memory=1G' 'Mount=volume=v,target=/w' 'Notify=yes' 'OOMScoreAdjust=1' 'Property=TasksMax=1' 'ReadOnlyRootfs=yes' 'Requires=a.service' \
        'Restart=always' 'RestartDelay=1s' 'RestartLimit=0' 'Seccomp=a' 'Signature=a' 'SupplementaryGIDs=1' 'User=a' 'UserAnnotation=a=1' \
        'UserLabel=a=1' 'WorkingDirectory=/'
    run -0 "$generator" --dry-run
    while read -r key; do
        grep -q -- "$key\b" <<<"$help" || fail "rkt run has no $key"
    done < <(grep -o -- '--[a-z0-9-]*' <<<"${output#*ExecStart}" | sort -u)
}
