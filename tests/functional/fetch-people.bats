#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Fetching, as people do it: by the book, without being root, looking on, several at once.

# run sets the rest.
# shellcheck disable=SC2154

load helper
load images
load servers

cas=/var/lib/rkt/cas

setup_file() {
    export images=/var/tmp/fetch-people
    # Whoever begins has an empty store, made when there was the group already, whatever other tests left.
    rkt image list --no-legend --fields=id | xargs --no-run-if-empty rkt image rm >/dev/null
    rm -rf "$cas"
    mkdir -p "$images"
    chmod 755 "$images"
    make_certificates
    make_layout "$images/layout" latest --config.entrypoint=/bin/echo --config.cmd='from a registry'
    mkdir -p "$images/big"
    head -c 3145728 /dev/urandom >"$images/big/noise"
    umoci insert --image "$images/layout:latest" --tag two "$images/big" /big
    make_key good
    make_aci "$images/app.aci" example.com/app "$(exec_of /bin/echo 'by the book')"
    make_aci "$images/web.aci" example.com/web "$(exec_of /bin/echo 'by the book')"
    sign good "$images/app.aci"
    sign good "$images/web.aci"
    start_registry
    push "$images/layout:two" team/app:two
    push "$images/layout:latest" team/app:one
    start_web
    mkdir -p "$servers/nginx"
    cp "$images"/app.aci* "$servers/nginx"
    start_nginx
    systemd-sysusers
    systemd-tmpfiles --create rkt.conf
    useradd --create-home --groups rkt alice 2>/dev/null || :
    useradd --create-home eve 2>/dev/null || :
}

teardown_file() {
    stop_servers
    rm -rf "$images"
    userdel --remove alice 2>/dev/null
    userdel --remove eve 2>/dev/null
    sed -i '/example.com/d' /etc/hosts
}

teardown() {
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image gc --grace-period=0s >/dev/null 2>&1
    find /etc/rkt -type f -delete
    assert_nothing_left
    run -0 find "$cas" -mindepth 2 -not -type d
    assert_equal "$output" ''
}

insecure() {
    rkt --insecure-options=image "$@"
}

# The book

# A host of the name in the examples, whom the system's own list of authorities vouches for.
become_example_com() {
    grep -q example.com /etc/hosts || echo '127.0.0.1 example.com registry.example.com' >>/etc/hosts
    make_certificate server registry.test images.test other.test nginx.test example.com registry.example.com
    cp "$servers/ca.crt" /usr/local/share/ca-certificates/tests.crt
    update-ca-certificates >/dev/null 2>&1
    systemctl stop test-web
    start_web
    mkdir -p "$servers/www/example.com" "$servers/www/example.com/web" "$servers/www/v2/web/manifests" "$servers/www/v2/web/blobs"
    printf '<meta name="ac-discovery" content="example.com https://example.com/{name}-{version}.{ext}">
<meta name="ac-discovery-pubkeys" content="example.com https://example.com/pubkeys.gpg">' >"$servers/www/.html"
    cp "$servers/good.asc" "$servers/www/pubkeys.gpg"
    for name in app web; do
        cp "$images/$name.aci" "$servers/www/example.com/$name-1.0.aci"
        cp "$images/$name.aci.asc" "$servers/www/example.com/$name-1.0.aci.asc"
    done
    digest=$(jq -r '.manifests[0].digest' "$images/layout/index.json")
    cp "$images/layout/blobs/sha256/${digest:7}" "$servers/www/v2/web/manifests/1.0"
    for blob in "$images"/layout/blobs/sha256/*; do
        cp "$blob" "$servers/www/v2/web/blobs/sha256:${blob##*/}"
    done
}

# Types a command on a terminal, and "yes" to what it asks.
type_command() { # COMMAND
    run -0 script --quiet --return --command "$1" /dev/null < <(printf 'yes\n')
    said=${output//$'\r'/}
}

# The commands of an indented block of the README that begins with this line.
commands_of_readme() { # LINE
    awk -v first="    $1" '$0 == first { on = 1 } on && !/^    / { exit } on { sub("^ *", ""); print }' /usr/src/rkt/README.md
}

@test "the README: from a key to a verified run" {
    become_example_com
    cp "$servers/good.asc" "$images/key.asc"
    cd "$images"
    n=0
    while read -r line; do
        type_command "${line%%  #*}"
        n=$((n + 1))
    done < <(commands_of_readme 'rkt fetch --insecure-options=image docker://registry.example.com/web:1.0')
    assert_equal "$n" 3
    assert_contains "$said" 'signature verified:'
    assert_contains "$said" 'by the book'
}

@test "the manual page: from a key to a verified run" {
    become_example_com
    cp "$servers/good.asc" /root/key.asc
    while read -r line; do
        find /etc/rkt -type f -delete
        type_command "$line"
        assert_contains "$said" 'key for prefix "example.com' || assert_contains "$said" 'Added root key'
        run -0 --separate-stderr rkt run --pull-policy=update example.com/app:1.0
        assert_equal "$output" 'by the book'
        assert_contains "$stderr" 'signature verified:'
        rkt gc --grace-period=0s >/dev/null 2>&1
        rkt image list --no-legend --fields=id | xargs rkt image rm >/dev/null
    done < <(sed -n '/^\.EX/,/^\.EE/{s/\\//g;/^rkt trust/p}' /usr/src/rkt/man/rkt-trust.in)
    rm /root/key.asc
    # And the rest of what that page and the one of fetch tell to type.
    run -0 --separate-stderr rkt fetch example.com/app:1.0
}

# Rights

@test "a member of group rkt fetches, and nobody else does" {
    install -D -m 644 "$servers/good.asc" "/etc/rkt/trustedkeys/prefix.d/example.com/$(<"$servers/good.fingerprint")"
    run -0 --separate-stderr runuser -u alice -- rkt fetch https://nginx.test/app.aci || fail "$stderr"
    assert_contains "$stderr" 'signature verified:'
    run -254 --separate-stderr runuser -u eve -- rkt fetch https://nginx.test/app.aci
}

# A download that takes a while, in the background. Its rkt is $!.
begin_slowly() { # WORD…
    rm -f "$images/said"
    "$@" >/dev/null 2>"$images/said" 3>&- &
    local end=$((SECONDS + 10))
    until [[ -n $(find "$cas/downloads" -name '*[0-9a-f]' -size +50k 2>/dev/null) ]]; do
        ((SECONDS < end)) || fail "nothing comes" "$(<"$images/said")"
        sleep 0.05
    done
    downloader=$(pgrep -n rkt-fetch)
}

# A registry of files that brings them slowly, as far as it shall.
start_slow_registry() {
    local dir=$servers/nginx/v2/slow/app blob
    mkdir -p "$dir/manifests" "$dir/blobs"
    for blob in "$images"/layout/blobs/sha256/*; do
        cp "$blob" "$dir/blobs/sha256:${blob##*/}"
    done
    jq -r '.manifests[] | .annotations["org.opencontainers.image.ref.name"] + " " + .digest' "$images/layout/index.json" |
        while read -r tag digest; do
            cp "$dir/blobs/$digest" "$dir/manifests/$tag"
        done
    chmod -R a+rX "$servers/nginx/v2"
}

set_speed() { # BYTES-A-SECOND
    sed -i "/v2/s/limit_rate [0-9k]*;/limit_rate $1;/" "$servers/nginx.conf"
    nginx -c "$servers/nginx.conf" -s reload
}

@test "the downloader has no rights, and sees no store" {
    begin_slowly rkt --insecure-options=image fetch https://nginx.test/slow/app.aci
    cp "/proc/$downloader/status" "$images/status"
    files=$(find "/proc/$downloader/fd" -printf '%l\n')
    environment=$(tr '\0' '\n' <"/proc/$downloader/environ")
    kill %1 && wait %1 || :
    run -0 grep -E '^(Uid|Groups|CapEff|CapBnd|NoNewPrivs|Seccomp):' "$images/status"
    assert_contains "$output" "Uid:"$'\t'"$(id -u rkt-fetch)"
    assert_contains "$output" $'Groups:\t '
    assert_contains "$output" $'CapEff:\t0000000000000000'
    assert_contains "$output" $'NoNewPrivs:\t1'
    assert_contains "$output" $'Seccomp:\t2'
    # Of the store, the one file that it fills.
    assert_equal "$(grep -c /var/lib/rkt <<<"$files")" 1
    assert_contains "$files" "$cas/downloads/"
    assert_equal "$environment" ''
    run -254 --separate-stderr insecure fetch https://nginx.test/none.aci # which sweeps nothing that is of use
    rm -f "$cas"/downloads/*
}

# Looking on

@test "progress: bars on a terminal, without colours" {
    for colour in '' 1; do
        run -0 env TERM=xterm NO_COLOR=$colour script --quiet --return --command \
            'stty cols 100; rkt fetch --insecure-options=image https://nginx.test/slow/app.aci' /dev/null
        assert_contains "$output" 'ACI                 [=='
        [[ $output =~ '>'\ +']'\ [0-9.]+[KM]iB/[0-9.]+MiB\ +[0-9.]+[KM]iB/s\ +[0-9]+s\ left ]] || fail "$output"
        [[ $output =~ ACI:\ [0-9.]+MiB\ in\ [0-9.]+\ s ]] || fail "$output"
        [[ ! $output =~ $'\033['[0-9\;]*m ]] || fail "$output"
        rkt image list --no-legend --fields=id | xargs rkt image rm >/dev/null
    done
}

@test "progress: lines elsewhere, and nothing where nothing is wanted" {
    run -0 --separate-stderr insecure fetch "docker://$registry/team/app:two"
    [[ $stderr =~ sha256:[0-9a-f]{64}:\ [0-9.]+MiB\ in\ [0-9.]+\ s ]] || fail "$stderr"
    [[ $stderr != *$'\r'* && $stderr != *$'\033'* ]] || fail "$stderr"
    rkt image list --no-legend --fields=id | xargs rkt image rm >/dev/null
    rkt image gc --grace-period=0s >/dev/null 2>&1
    run -0 --separate-stderr insecure fetch --quiet "docker://$registry/team/app:two"
    assert_equal "$stderr" ''
    run -0 --separate-stderr insecure run --quiet "docker://$registry/team/app:two"
    assert_equal "$output" 'from a registry'
    assert_equal "$stderr" ''
    run -0 --separate-stderr insecure prepare --quiet "docker://$registry/team/app:two"
    assert_equal "$stderr" ''
    rkt rm "$output" >/dev/null
}

# Several at once

@test "layers: of two who want the same, one fetches" {
    grep -q 'far.test' /etc/hosts || echo '127.0.0.1 far.test # beside registry.test' >>/etc/hosts
    # As far away as it takes for both to meet.
    systemd-run --quiet --collect --unit=test-registry-far /usr/src/rkt/bench/relay 5446 5443 100
    wait_for_port 5446
    local pids=()
    for name in one two; do
        rkt --insecure-options=image,tls fetch docker://far.test:5446/team/app:two >"$images/$name" 2>"$images/$name.err" 3>&- &
        pids+=($!)
    done
    wait "${pids[@]}"
    assert_equal "$(<"$images/one")" "$(<"$images/two")"
    [[ -s $images/one ]] || fail "$(cat "$images"/*.err)"
    # Each layer came to one of them.
    run -0 grep -hoE '^sha256:[0-9a-f]+: .*MiB in' "$images/one.err" "$images/two.err"
    assert_equal "$(cut -d : -f 2 <<<"$output" | sort | uniq -d)" ''
    run -0 grep -h 'another rkt instance is downloading this file, waiting...' "$images/one.err" "$images/two.err"
}

@test "layers: who is killed goes on where he was; no byte comes twice" {
    start_slow_registry
    set_speed 1000k
    : >"$servers/nginx.log"
    # Stopped in the middle twice, by force; rkt is all that is killed.
    for _ in 1 2; do
        rkt --insecure-options=image fetch docker://nginx.test/slow/app:two >/dev/null 2>"$images/said" 3>&- &
        before=$(find "$cas/downloads" -name 'sha256-*' -printf '%s\n' 2>/dev/null | awk '{ n += $1 } END { print n + 0 }')
        wait_for grew "${before:-0}"
        kill -KILL $!
        wait $! || :
    done
    run -0 find "$cas/downloads" -name 'sha256-*' -size +200k
    ((${#lines[@]} > 0)) || fail 'nothing is kept'
    set_speed 0
    run -0 --separate-stderr insecure run docker://nginx.test/slow/app:two
    assert_equal "$output" 'from a registry'
    # Of each layer, all ranges one after another; what nginx had sent beyond them was on its way.
    run -0 grep -c '206 GET /v2/slow/app/blobs/.* range=bytes=[1-9]' "$servers/nginx.log"
    ((output >= 2)) || fail "$(<"$servers/nginx.log")"
    run -0 find "$cas/downloads" -type f
    assert_equal "$output" ''
    rkt image list --no-legend --fields=id | xargs rkt image verify
}

grew() { # BYTES
    local now
    now=$(find "$cas/downloads" -name 'sha256-*' -printf '%s\n' 2>/dev/null | awk '{ n += $1 } END { print n + 0 }')
    ((${now:-0} > $1 + 500000))
}

# A part of the largest layer, as if somebody had been stopped there.
leave_part() { # BYTES
    layer=$(jq -r '.layers | max_by(.size).digest' "$servers/nginx/v2/slow/app/manifests/two")
    part=$cas/downloads/${layer/:/-}
    install -d -g rkt -m 2770 "$cas/downloads"
    head -c "$1" "$servers/nginx/v2/slow/app/blobs/$layer" >"$part"
    chmod 600 "$part"
    : >"$servers/nginx.log"
}

@test "layers: a part is no more believed than what comes" {
    start_slow_registry
    size=$(jq '.layers | max_by(.size).size' "$servers/nginx/v2/slow/app/manifests/two")
    fetch_two() {
        run -0 --separate-stderr insecure fetch docker://nginx.test/slow/app:two || fail "$stderr"
        run -0 --separate-stderr rkt image verify "$output"
        assert_contains "$output" 'successfully verified'
        # The blob is nobody's but the store's.
        run -0 stat --format='%U %h %a' "$cas/blobs/sha256/${layer:7:2}/${layer:7}"
        assert_equal "$output" 'root 1 440'
        rkt image list --no-legend --fields=id | xargs rkt image rm >/dev/null
        rkt image gc --grace-period=0s >/dev/null 2>&1
        run -0 find "$cas/downloads" -type f
        assert_equal "$output" ''
    }
    requested() {
        grep -o "GET /v2/slow/app/blobs/$layer range=.* user" "$servers/nginx.log"
    }
    # Good ones, of all lengths.
    for length in 2000000 "$size" $((size - 1)); do
        leave_part "$length"
        fetch_two
        assert_contains "$(requested)" "range=bytes=$(((length < size ? length : size - 1) / 4096 * 4096))-"
    done
    # With other bytes, or too many: from the beginning, and once.
    leave_part 2000000
    printf X | dd of="$part" bs=1 seek=1000000 conv=notrunc status=none
    fetch_two
    assert_equal "$(requested | cut -d ' ' -f 3)" $'range=bytes=1998848-\nrange=-'
    leave_part "$size"
    echo more >>"$part"
    fetch_two
    assert_equal "$(requested | cut -d ' ' -f 3)" 'range=-'
    # Those that others could still write to, or that are something else.
    leave_part 2000000
    chown alice "$part"
    fetch_two
    assert_equal "$(requested | cut -d ' ' -f 3)" 'range=-'
    leave_part 2000000
    chmod 660 "$part"
    fetch_two
    leave_part 2000000
    rm -f "$cas/other-name"
    ln "$part" "$cas/other-name"
    fetch_two
    rm "$cas/other-name"
    echo canary >"$images/canary"
    for kind in 'ln -s '"$images/canary" mkfifo; do
        leave_part 0
        rm "$part"
        $kind "$part"
        fetch_two
        assert_equal "$(requested | cut -d ' ' -f 3)" 'range=-'
    done
    assert_equal "$(<"$images/canary")" canary
    # A directory is not cleared away, and does not matter.
    leave_part 0
    rm "$part"
    mkdir "$part"
    run -0 --separate-stderr insecure fetch docker://nginx.test/slow/app:two
    rmdir "$part"
    rkt image rm "$output" >/dev/null
}
