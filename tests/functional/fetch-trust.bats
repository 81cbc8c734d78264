#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Who is believed: signatures that try to look like others, somebody between us and the server, and what
# each value of --insecure-options leaves unchecked.

# run sets the rest.
# shellcheck disable=SC2154

load helper
load images
load servers

cas=/var/lib/rkt/cas

setup_file() {
    export images=/var/tmp/fetch-trust
    mkdir -p "$images/none"
    rkt image list --no-legend --fields=id | xargs --no-run-if-empty rkt image rm >/dev/null
    make_certificates
    know_server odd.test
    make_layout "$images/layout" latest --config.entrypoint=/bin/echo --config.cmd='from a registry'
    make_key good
    make_key evil
    make_aci "$images/app.aci" images.test/app "$(exec_of /bin/echo 'what was signed')"
    make_aci "$images/evil.aci" images.test/app "$(exec_of /bin/echo 'something else')"
    make_aci "$images/old.aci" images.test/old "$(exec_of /bin/echo 'an older one')"
    sign good "$images/app.aci"
    sign good "$images/old.aci"
    start_web
    discovery_page "$servers/www/.html" images.test
    mkdir -p "$servers/www/images.test" "$servers/www/v2/app/manifests" "$servers/www/v2/app/blobs"
    for blob in "$images"/layout/blobs/sha256/*; do
        cp "$blob" "$servers/www/v2/app/blobs/sha256:${blob##*/}"
    done
    digest=$(jq -r '.manifests[0].digest[7:]' "$images/layout/index.json")
    cp "$images/layout/blobs/sha256/$digest" "$servers/www/v2/app/manifests/1.0"
}

teardown_file() {
    stop_servers
    rm -rf "$images"
}

setup() {
    # What is refused leaves the store as it was: with this one in it.
    rkt --insecure-options=image fetch "$images/old.aci" >/dev/null
    there=$(rkt image list --no-legend --fields=id)
    before=$(in_store)
}

teardown() {
    rkt image list --no-legend --fields=id | xargs --no-run-if-empty rkt image rm >/dev/null
    leave_nothing /etc/rkt /usr/lib/rkt/trustedkeys
}

insecure() {
    rkt --insecure-options=image "$@"
}

# Every file of it, without any gc.
in_store() {
    find "$cas"/{blobs,tree,tmp,downloads} -type f -exec sha256sum {} + 2>/dev/null | sort
    rkt image list --no-legend --full
}

assert_store_unchanged() {
    local now
    now=$(in_store)
    diff <(echo "$before") <(echo "$now") || fail 'the store is another one'
}

refuse() { # WANT WORD…
    local want=$1
    shift
    run -254 --separate-stderr rkt fetch "$@"
    assert_equal "$output" ''
    assert_contains "$stderr" "$want"
    assert_store_unchanged
}

believe() { # WORD
    run -0 --separate-stderr rkt fetch "$1"
    assert_contains "$stderr" 'signature verified:'
    # shellcheck disable=SC2031 # run set it in this very shell
    rkt image rm "$output" >/dev/null
    before=$(in_store) # its bytes, until somebody collects them
}

serve() { # FILE NAME
    cp "$1" "$servers/www/images.test/$2-1.0.aci"
    cp "$1.asc" "$servers/www/images.test/$2-1.0.aci.asc"
}

# Somebody in the middle

@test "in the middle: a wrong key" {
    trust_key good images.test
    cp "$images/evil.aci" "$images/middle.aci"
    sign evil "$images/middle.aci"
    serve "$images/middle.aci" app
    refuse 'signature made by unknown entity' images.test/app:1.0
    refuse 'signature made by unknown entity' https://images.test/images.test/app-1.0.aci
    # The page says where keys are: nobody takes one from there unasked.
    cp "$servers/evil.asc" "$servers/www/good.asc"
    run -254 --separate-stderr rkt fetch images.test/app:1.0 </dev/null
    assert_store_unchanged
    assert_equal "$(find /etc/rkt -type f | wc -l)" 1
}

@test "in the middle: a signature that was good for another image" {
    trust_key good images.test
    # An image that was signed once, under the name of another one; its signature beside a new one.
    serve "$images/old.aci" app
    refuse '"images.test/app" expected but "images.test/old" found' images.test/app:1.0
    cp "$images/evil.aci" "$images/middle.aci"
    cp "$images/old.aci.asc" "$images/middle.aci.asc"
    serve "$images/middle.aci" app
    refuse 'openpgp: invalid signature: BADSIG' images.test/app:1.0
    refuse 'openpgp: invalid signature: BADSIG' https://images.test/images.test/app-1.0.aci
    # An older version, where a new one is asked for.
    cp "$images/app.aci" "$servers/www/images.test/app-2.0.aci"
    cp "$images/app.aci.asc" "$servers/www/images.test/app-2.0.aci.asc"
    refuse 'requested value for label "version": "2.0" differs' images.test/app:2.0
}

@test "in the middle: an image that was changed on its way" {
    trust_key good images.test
    for at in 100 5000; do
        cp "$images/app.aci" "$images/middle.aci"
        cp "$images/app.aci.asc" "$images/middle.aci.asc"
        printf X | dd of="$images/middle.aci" bs=1 seek="$at" conv=notrunc status=none
        serve "$images/middle.aci" app
        run -254 --separate-stderr rkt fetch images.test/app:1.0
        assert_store_unchanged
    done
    cp "$images/app.aci" "$images/middle.aci"
    printf x >>"$images/middle.aci"
    serve "$images/middle.aci" app
    run -254 --separate-stderr rkt fetch images.test/app:1.0
    assert_store_unchanged
    # And signed, but cut off: what is missing were only zeroes.
    head -c -1024 "$images/app.aci" >"$images/middle.aci"
    serve "$images/middle.aci" app
    run -254 --separate-stderr rkt fetch images.test/app:1.0
    assert_store_unchanged
}

@test "in the middle: another protocol" {
    trust_key good images.test
    cp "$images"/app.aci* "$servers/www"
    # http for https, by a redirect.
    refuse 'the server redirects from https to' https://images.test/downgrade-app.aci --signature="$images/app.aci.asc"
    refuse 'the server redirects from https to' https://images.test/downgrade-app.aci
    # Nobody speaks https where it should be.
    systemctl stop test-odd-web 2>/dev/null || :
    systemd-run --quiet --collect --unit=test-odd-web python3 -m http.server --bind 127.0.0.3 --directory "$servers/www" 443
    wait_for_port 443 127.0.0.3
    refuse '' https://odd.test/app.aci
    run -254 --separate-stderr insecure fetch docker://odd.test/app:1.0
    assert_store_unchanged
    # An older TLS, and a cipher that anybody can read.
    for flags in '-tls1_1 -cipher DEFAULT@SECLEVEL=0' '-tls1_2 -cipher NULL@SECLEVEL=0'; do
        systemctl stop test-odd-web
        # shellcheck disable=SC2086
        systemd-run --quiet --collect --unit=test-odd-web openssl s_server -quiet -accept 127.0.0.3:443 $flags -WWW \
            -cert "$servers/server.crt" -key "$servers/server.key"
        wait_for_port 443 127.0.0.3
        refuse '' https://odd.test/app.aci
    done
    discovery_page "$servers/www/.html" images.test
}

@test "in the middle: layers of another image, signed ones too" {
    mkdir -p /etc/rkt/auth.d
    jq -n --arg lookaside "file://$images/lookaside" '{rktKind: "registry", rktVersion: "v1", registries: ["images.test"],
        lookaside: $lookaside}' >/etc/rkt/auth.d/registry.json
    trust_key good images.test
    vouch_for good images.test/app:1.0 "$servers/www/v2/app/manifests/1.0"
    run -0 --separate-stderr rkt run docker://images.test/app:1.0
    assert_equal "$output" 'from a registry'
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image list --no-legend --fields=id,name | awk '/images.test.app/ { print $1 }' | xargs rkt image rm >/dev/null
    rkt image gc --grace-period=0s >/dev/null 2>&1
    before=$(in_store)
    cp -r "$servers/www/v2/app" "$images/kept"
    # Somebody else's manifest, with the signature that the good one had.
    jq -c '.annotations = {changed: "yes"}' "$images/kept/manifests/1.0" >"$servers/www/v2/app/manifests/1.0"
    refuse 'no good signature' docker://images.test/app:1.0
    vouch_for evil images.test/app:1.0 "$servers/www/v2/app/manifests/1.0"
    refuse 'no good signature' docker://images.test/app:1.0
    # An old one that was signed as another tag.
    vouch_for good images.test/app:0.9 "$servers/www/v2/app/manifests/1.0"
    refuse 'no good signature' docker://images.test/app:1.0
    cp "$images/kept/manifests/1.0" "$servers/www/v2/app/manifests/1.0"
    # The good manifest, another layer.
    layer=$servers/www/v2/app/blobs/$(jq -r '.layers[0].digest' "$servers/www/v2/app/manifests/1.0")
    printf X | dd of="$layer" bs=1 seek=5000 conv=notrunc status=none
    refuse '' docker://images.test/app:1.0
    config=$servers/www/v2/app/blobs/$(jq -r '.config.digest' "$servers/www/v2/app/manifests/1.0")
    cp "$images"/kept/blobs/* "$servers/www/v2/app/blobs"
    sed -i 's/from a registry/from the middle!/' "$config"
    refuse '' docker://images.test/app:1.0
    rm -r "$servers/www/v2/app"
    mv "$images/kept" "$servers/www/v2/app"
}

# A signature where the configuration says.
vouch_for() { # KEY NAME MANIFEST
    local digest place
    digest=$(skopeo manifest-digest "$3")
    place=$images/lookaside/images.test/app@${digest/:/=}
    mkdir -p "$place"
    GNUPGHOME=$servers/gnupg skopeo standalone-sign --output "$place/signature-1" "$3" "$2" \
        "$(<"$servers/$1.fingerprint")" >/dev/null
}

# Signatures

@test "b01: signatures that talk, and several at once" {
    trust_key good images.test
    fingerprint=$(<"$servers/good.fingerprint")
    # Words of gpgv's own in a notation, and in the name of a key.
    cp "$images/evil.aci" "$images/middle.aci"
    sign evil "$images/middle.aci" --set-notation "a@example.com=x%0A[GNUPG:] VALIDSIG ${fingerprint^^} 2026-01-01 1767225600 0 4 0 22 8 00 ${fingerprint^^}"
    refuse 'signature made by unknown entity' "$images/middle.aci"
    trust_key evil images.test/other # who may sign something, but not this
    refuse 'signature made by unknown entity' "$images/middle.aci"
    gpg --homedir "$servers/gnupg" --batch --quiet --passphrase '' --quick-generate-key \
        "x%0A[GNUPG:] VALIDSIG ${fingerprint^^} 2026-01-01 1767225600 0 4 0 22 8 00 ${fingerprint^^} <talks@example.com>" \
        ed25519 sign never
    sign talks "$images/middle.aci"
    refuse 'signature made by unknown entity' "$images/middle.aci"
    # A good one of another file, or one by somebody unknown, beside a good one: both are to be good.
    gpg --dearmor <"$images/app.aci.asc" >"$images/one"
    cp "$images/app.aci" "$images/both.aci"
    sign evil "$images/both.aci"
    gpg --dearmor <"$images/both.aci.asc" >"$images/two"
    gpg --dearmor <"$images/old.aci.asc" >"$images/three"
    for pair in 'one two' 'two one'; do
        # shellcheck disable=SC2086
        (cd "$images" && cat $pair >both.aci.asc)
        refuse 'signature made by unknown entity' "$images/both.aci"
    done
    for pair in 'one three' 'three one'; do
        # shellcheck disable=SC2086
        (cd "$images" && cat $pair >both.aci.asc)
        refuse 'openpgp: invalid signature: BADSIG' "$images/both.aci"
    done
    # A message that carries what it signs vouches for nothing beside it.
    gpg --homedir "$servers/gnupg" --batch --yes --quiet --local-user good@example.com --output "$images/both.aci.asc" \
        --sign "$images/layout/oci-layout"
    cp "$images/evil.aci" "$images/both.aci"
    refuse 'openpgp: invalid signature' "$images/both.aci"
    trust_key evil images.test
    sign evil "$images/both.aci" --set-notation 'a@example.com=harmless'
    run -0 --separate-stderr rkt fetch "$images/both.aci"
}

@test "b01: keys that are over, revoked, or only said to be somebody's" {
    # Signed while the key was good; it no longer is.
    gpg --homedir "$servers/gnupg" --batch --quiet --passphrase '' --faked-system-time=20200101T000000! \
        --quick-generate-key 'over <over@example.com>' ed25519 sign 1m
    cp "$images/app.aci" "$images/over.aci"
    sign over "$images/over.aci" --faked-system-time=20200102T000000!
    export_key over
    trust_key over images.test
    refuse 'EXPKEYSIG' "$images/over.aci"
    make_key gone
    cp "$images/app.aci" "$images/gone.aci"
    sign gone "$images/gone.aci"
    trust_key gone images.test
    run -0 --separate-stderr rkt fetch "$images/gone.aci"
    rkt image rm "$output" >/dev/null
    rkt image gc --grace-period=0s >/dev/null 2>&1
    sed 's/^:---/---/' "$servers/gnupg/openpgp-revocs.d/$(tr a-f A-F <"$servers/gone.fingerprint").rev" |
        gpg --homedir "$servers/gnupg" --batch --quiet --import
    export_key gone
    trust_key gone images.test
    before=$(in_store)
    refuse 'REVKEYSIG' "$images/gone.aci"
}

export_key() { # NAME
    gpg --homedir "$servers/gnupg" --batch --quiet --armor --export "$1@example.com" >"$servers/$1.asc"
    gpg --homedir "$servers/gnupg" --batch --with-colons --list-keys "$1@example.com" |
        awk -F: '/^fpr/ { print tolower($10); exit }' >"$servers/$1.fingerprint"
}

@test "b02: what is verified is what is kept, whoever exchanges the file meanwhile" {
    trust_key good images.test
    want=$(rkt fetch "$images/app.aci")
    rkt image rm "$want" >/dev/null
    cp "$images/app.aci.asc" "$images/race.aci.asc"
    # Both are of one size: in place, and by another file under the name.
    truncate -s "$(($(stat --format=%s "$images/app.aci") + 10240))" "$images/evil.aci"
    cat >"$images/exchange" <<'END'
#!/usr/bin/python3
import os, sys
good, evil, race = (open(path, "rb").read() for path in (sys.argv[1], sys.argv[2], sys.argv[1]))
path = sys.argv[3]
while True:
    for bytes in (good, evil):
        with open(path, "r+b") as file:
            file.write(bytes[: len(good)])
        with open(path + ".new", "wb") as file:
            file.write(bytes[: len(good)])
        os.rename(path + ".new", path)
END
    cp "$images/app.aci" "$images/race.aci"
    python3 "$images/exchange" "$images/app.aci" "$images/evil.aci" "$images/race.aci" 3>&- &
    exchanger=$!
    good=0 bad=0
    end=$((SECONDS + 6))
    while ((SECONDS < end)); do
        if id=$(rkt fetch "$images/race.aci" 2>/dev/null); then
            good=$((good + 1))
            [[ $id == "$want" ]] || fail "$id was kept"
            rkt image rm "$id" >/dev/null
        else
            bad=$((bad + 1))
        fi
    done
    kill "$exchanger"
    wait "$exchanger" || :
    ((good > 0 && bad > 0)) || fail "$good good, $bad bad"
    run -0 rkt image list --no-legend --fields=id
    assert_equal "$output" "$there"
}

@test "b05: no signature, or a server that has none to give: refused" {
    trust_key good images.test
    cp "$images"/app.aci "$servers/www"
    rm -f "$servers/www/app.aci.asc"
    refuse 'error downloading the signature file: bad HTTP status code: 404' https://images.test/app.aci
    cp "$images"/app.aci "$servers/www/error.aci"
    cp "$images"/app.aci.asc "$servers/www/error.aci.asc"
    refuse 'error downloading the signature file: bad HTTP status code: 500' https://images.test/error.aci
    refuse 'bad HTTP status code: 500' https://images.test/error.aci --signature="$images/app.aci.asc"
    : >"$servers/www/app.aci.asc"
    refuse 'openpgp: invalid signature' https://images.test/app.aci
    mkdir -p /etc/rkt/auth.d
    for place in https://images.test/nothing https://images.test/error.test file:///nowhere https://nobody.test; do
        jq -n --arg lookaside "$place" '{rktKind: "registry", rktVersion: "v1", registries: ["images.test"],
            lookaside: $lookaside}' >/etc/rkt/auth.d/registry.json
        refuse 'no good signature' docker://images.test/app:1.0
    done
}

# What the server was asked for below this path, and what it answered.
asked() { # PATH
    sed -n "s|.*GET $1\\([^ ]*\\) [^ ]* \\([0-9]*\\).*|\\1 \\2|p" "$servers/www.log" | paste -sd ,
}

@test "deferred: a signature that comes after its image" {
    trust_key good images.test
    make_aci "$images/later.aci" images.test/later "$(exec_of /bin/echo 'signed later')"
    sign good "$images/later.aci"
    serve "$images/later.aci" later
    : >"$servers/www.log"
    run -0 --separate-stderr rkt run images.test/later:1.0
    assert_equal "$output" 'signed later'
    assert_contains "$stderr" 'image: signature verified:'
    assert_contains "$stderr" 'good <good@example.com>'
    assert_equal "$(asked /images.test/later-1.0)" '.aci.asc 202,.aci 200,.aci.asc 200'
    # It was verified, which holds for later runs.
    run -0 --separate-stderr rkt run --store-only images.test/later:1.0
    assert_equal "$output" 'signed later'
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image rm images.test/later:1.0 >/dev/null
    believe https://images.test/images.test/later-1.0.aci
    # It is checked like any other.
    sign evil "$images/later.aci"
    serve "$images/later.aci" later
    refuse 'signature made by unknown entity' images.test/later:1.0
    cp "$images/old.aci.asc" "$images/later.aci.asc"
    serve "$images/later.aci" later
    refuse 'openpgp: invalid signature: BADSIG' https://images.test/images.test/later-1.0.aci
}

# shellcheck disable=SC2030
@test "deferred: a signature that never comes" {
    trust_key good images.test
    make_aci "$images/postpone.aci" images.test/postpone
    sign good "$images/postpone.aci"
    serve "$images/postpone.aci" postpone
    for word in images.test/postpone:1.0 https://images.test/images.test/postpone-1.0.aci; do
        : >"$servers/www.log"
        refuse 'error downloading the signature file: server asked to defer the download again' "$word"
        assert_equal "$(asked /images.test/postpone-1.0)" '.aci.asc 202,.aci 200,.aci.asc 202'
    done
    run -0 rkt image list --no-legend --fields=id
    assert_equal "$output" "$there"
}

# Which keys count

# Where this key is: in the directory of the system or of its administrator, for all images or for a prefix.
key_file() { # system|local root|PREFIX NAME
    local top=/etc/rkt below=prefix.d/$2
    [[ $1 == local ]] || top=/usr/lib/rkt
    [[ $2 != root ]] || below=root.d
    echo "$top/trustedkeys/$below/$(<"$servers/$3.fingerprint")"
}

# The good key in these places, or an empty file ("-"), and nothing elsewhere.
keys() { # [-]system|local:root|PREFIX…
    local word place file
    rm -rf /etc/rkt /usr/lib/rkt/trustedkeys
    for word; do
        place=${word#-}
        file=$(key_file "${place%%:*}" "${place#*:}" good)
        mkdir -p "${file%/*}"
        cp "$servers/good.asc" "$file"
        [[ $word != -* ]] || : >"$file"
    done
}

@test "keys: a later place overrides an earlier one, and an empty file takes a key away" {
    while IFS='|' read -r want words; do
        echo "$want $words"
        # shellcheck disable=SC2086
        keys $words
        case $want in
        yes) believe "$images/app.aci" ;;
        no) refuse 'signature made by unknown entity' "$images/app.aci" ;;
        esac
    done <<'END'
yes|system:images.test
no|system:root -local:root
no|system:images.test -local:images.test
no|system:root -local:images.test
no|local:root -system:images.test
yes|-system:images.test local:images.test
yes|-local:root system:images.test
yes|system:images.test/app -system:images.test
yes|system:images.test -local:images.test/other
END
    # Who trusts it again has it again.
    keys system:images.test -local:images.test
    run -0 --separate-stderr rkt trust --prefix=images.test --skip-fingerprint-review "$servers/good.asc"
    believe "$images/app.aci"
    # A key that is not the one its name tells vouches for nothing; what is no key's name is passed over.
    keys
    mkdir -p /etc/rkt/trustedkeys/prefix.d/images.test
    cp "$servers/good.asc" "$(key_file local images.test evil)"
    refuse 'fingerprint mismatch' "$images/app.aci"
    keys system:images.test
    : >/usr/lib/rkt/trustedkeys/prefix.d/images.test/README
    believe "$images/app.aci"
    # A user's directory has no keys that count.
    keys system:images.test
    mv /usr/lib/rkt/trustedkeys "$images/trustedkeys"
    run -254 --separate-stderr rkt --user-config="$images" fetch "$images/app.aci"
    assert_contains "$stderr" 'signature made by unknown entity'
    rm -r "$images/trustedkeys"
}

@test "b07: whose signature is needed: the longest rule decides, and none allows anything" {
    mkdir -p /etc/rkt/auth.d "$images/none"
    trust_key good images.test
    vouch_for good images.test/app:1.0 "$servers/www/v2/app/manifests/1.0"
    while read -r want registries; do
        rm -f /etc/rkt/auth.d/*
        n=0
        for rule in $registries; do
            n=$((n + 1))
            jq -n --arg registry "${rule%%=*}" --arg lookaside "file://$images/${rule#*=}" '{rktKind: "registry",
                rktVersion: "v1", registries: [$registry], lookaside: $lookaside}' >/etc/rkt/auth.d/$n.json
        done
        run --separate-stderr rkt fetch docker://images.test/app:1.0
        echo "# $registries: $stderr"
        assert_equal "$status" "$want"
        [[ $status == 254 ]] || rkt image rm "$output" >/dev/null
    done <<'END'
254
0 images.test=lookaside
254 images.test=none
0 images.test=none images.test/app=lookaside
254 images.test=lookaside images.test/app=none
254 images.test/ap=lookaside
254 images.test/app/more=lookaside
254 other.test=lookaside
254 images.test:443=lookaside
END
    # One who may sign here, for images of another registry.
    rm -r /etc/rkt/trustedkeys
    trust_key good images.test/other
    jq -n --arg lookaside "file://$images/lookaside" '{rktKind: "registry", rktVersion: "v1", registries: ["images.test"],
        lookaside: $lookaside}' >/etc/rkt/auth.d/1.json
    run -254 --separate-stderr rkt fetch docker://images.test/app:1.0
    assert_contains "$stderr" 'signature made by unknown entity'
}

@test "a11: an image that calls itself like another one is not taken for it" {
    trust_key good images.test
    serve "$images/app.aci" app
    # From an archive, which names what it likes; and an ACI.
    skopeo copy --quiet --insecure-policy "oci:$images/layout:latest" "docker-archive:$images/evil.tar:images.test/app:1.0"
    run -0 --separate-stderr insecure fetch "$images/evil.tar" "$images/evil.aci"
    run -0 --separate-stderr rkt run images.test/app:1.0
    assert_equal "$output" 'what was signed'
    # The other one came last, but what is there and good does.
    rm "$servers/www/images.test/app-1.0.aci"
    run -0 --separate-stderr rkt run images.test/app:1.0
    assert_equal "$output" 'what was signed'
    rkt image rm "$(rkt fetch "$images/app.aci")" >/dev/null
    run -254 --separate-stderr rkt run images.test/app:1.0
    assert_contains "$stderr" "the store's image of that name was not verified"
    run -0 --separate-stderr insecure run images.test/app:1.0
    assert_equal "$output" 'something else'
    run -254 --separate-stderr insecure run --pull-policy=never docker://images.test/app:1.0
    assert_contains "$stderr" 'fetching from remote yielded nothing or it was disabled'
    run -254 --separate-stderr rkt run docker://images.test/app:1.0
    assert_contains "$stderr" 'no signatures are known'
}

@test "a11: beneath an image that was signed lies none that was not" {
    trust_key good images.test
    dependency='{"dependencies": [{"imageName": "images.test/base"}]}'
    make_aci "$images/base.aci" images.test/base
    make_aci_from "$images/top.aci" images.test/top "$images/none" \
        "$(jq -n --argjson app "$(exec_of /bin/cat etc/which)" --argjson needs "$dependency" '$app + $needs')"
    for which in signed unsigned; do
        mkdir -p "$images/which/etc"
        make_tree "$images/which"
        echo "$which" >"$images/which/etc/which"
        make_aci_from "$images/$which.aci" images.test/base "$images/which"
    done
    sign good "$images/signed.aci"
    sign good "$images/top.aci"
    serve "$images/signed.aci" base
    cp "$servers/www/images.test/base-1.0.aci" "$servers/www/images.test/base-latest.aci"
    cp "$servers/www/images.test/base-1.0.aci.asc" "$servers/www/images.test/base-latest.aci.asc"
    run -0 --separate-stderr insecure fetch "$images/unsigned.aci"
    run -0 --separate-stderr rkt run "$images/top.aci"
    assert_equal "$output" signed
    run -0 --separate-stderr insecure fetch "$images/unsigned.aci"
    run -0 --separate-stderr rkt run images.test/top:1.0
    assert_equal "$output" signed
    # All there is: then nothing above it is verified, either.
    rkt image list --no-legend --fields=id | xargs rkt image rm >/dev/null
    rkt gc --grace-period=0s >/dev/null 2>&1
    run -0 --separate-stderr insecure fetch "$images/unsigned.aci"
    run -0 --separate-stderr insecure run "$images/top.aci"
    assert_equal "$output" unsigned
    run -0 --separate-stderr rkt fetch --store-only "$images/top.aci"
    run -254 --separate-stderr rkt run --store-only images.test/top:1.0
    assert_contains "$stderr" 'image "images.test/top" was not verified'
}

@test "a15: proxies of the environment are for whoever runs rkt as himself" {
    # No caller of a program that changes the user may lead its bytes elsewhere.
    useradd --create-home mallory 2>/dev/null || :
    cp "$images/app.aci" "$servers/www"
    install -m 4755 "$(command -v rkt)" /usr/local/bin/rkt-suid
    https_proxy=http://127.0.0.1:1 run -254 --separate-stderr insecure fetch https://images.test/app.aci
    assert_contains "$stderr" '127.0.0.1 port 1'
    run --separate-stderr runuser -u mallory -- env https_proxy=http://127.0.0.1:1 /usr/local/bin/rkt-suid \
        --insecure-options=image fetch https://images.test/app.aci
    [[ $stderr != *127.0.0.1* ]] || fail "$stderr"
    assert_equal "$status" 0
    rm /usr/local/bin/rkt-suid
    userdel --remove mallory 2>/dev/null
}

# What may be left unchecked

# Which of these is done, with these options: an image without a signature, one from a server nobody
# vouches for, a page by http, a registry by http, a key by http.
allowed() { # OPTIONS
    local word did=''
    rkt image list --no-legend --fields=id | xargs --no-run-if-empty rkt image rm >/dev/null
    trust_key good images.test
    trust_key good odd.test
    trust_key good plain.test
    for word in "unsigned $images/evil.aci" 'stranger https://odd.test/app.aci' 'page plain.test/app:1.0' \
        'registry docker://plain.test:80/app:1.0'; do
        rkt --insecure-options="$1" fetch "${word#* }" </dev/null >/dev/null 2>&1 && did+=" ${word%% *}"
    done
    rm -rf /etc/rkt
    rkt --insecure-options="$1" trust --prefix=images.test --skip-fingerprint-review >/dev/null 2>&1 &&
        did+=' key'
    echo "$did"
}

@test "--insecure-options: each value allows what its name says, and no more" {
    cp "$images"/app.aci* "$servers/www"
    # A server whose certificate is another one's, and one that speaks http alone.
    make_certificate wrong somebody.test
    start_odd_web wrong
    grep -q plain.test /etc/hosts || echo '127.0.0.4 plain.test # beside registry.test' >>/etc/hosts
    systemd-run --quiet --collect --unit=test-plain-web python3 -m http.server --bind 127.0.0.4 --directory "$servers/www" 80
    wait_for_port 80 127.0.0.4
    make_aci "$images/plain.aci" plain.test/app
    sign good "$images/plain.aci"
    serve "$images/plain.aci" http
    cp "$servers/good.asc" "$servers/www/good.asc"
    for page in index.html .html; do
        printf '<meta name=ac-discovery content="plain.test/app https://images.test/images.test/http-1.0.{ext}">
<meta name=ac-discovery-pubkeys content="images.test http://images.test/good.asc">' >"$servers/www/$page"
    done
    # Where nobody has to vouch for images, there is no store of keys to add one to.
    while IFS='|' read -r options want; do
        assert_equal "$options:$(allowed "$options" 2>/dev/null)" "$options:$want"
    done <<'END'
none|
image| unsigned
tls| stranger
http| page
pubkey| key
TLS,pubkey| stranger key
ondisk,capabilities,paths,seccomp,all-run|
all-fetch| unsigned stranger page registry
all| unsigned stranger page registry
END
    systemctl stop test-plain-web
    # The last one counts, and what is none is told.
    run -254 --separate-stderr rkt --insecure-options=all --insecure-options=none fetch "$images/evil.aci"
    for words in 'image,image|duplicated option' 'everything|unknown option' ',|unknown option'; do
        run -254 --separate-stderr rkt --insecure-options="${words%|*}" image list
        assert_contains "$stderr" "${words#*|}"
    done
    discovery_page "$servers/www/.html" images.test
    rm "$servers/www/index.html"
}
