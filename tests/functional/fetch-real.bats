#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Fetching from servers as people have them: registries that want to know who asks, nginx, a proxy.

# run sets the rest.
# shellcheck disable=SC2154

load helper
load images
load servers

cas=/var/lib/rkt/cas

setup_file() {
    export images=/var/tmp/fetch-real
    mkdir -p "$images"
    make_certificates
    make_layout "$images/layout" latest --config.entrypoint=/bin/echo --config.cmd='from a registry'
    make_key good
    make_aci "$images/app.aci" nginx.test/app "$(exec_of /bin/echo 'from nginx')"
    sign good "$images/app.aci"
    start_registry
    start_web
    push "$images/layout:latest" team/app:1.0
    push "$images/layout:latest" open/app:1.0
    start_registry_with_password
    start_registry_with_tokens https://registry.test/token
    mkdir -p "$servers/nginx"
    cp "$images"/app.aci* "$servers/nginx"
    start_nginx
    start_proxy
}

teardown_file() {
    stop_servers
    rm -rf "$images"
}

teardown() {
    leave_nothing /etc/rkt /root/.docker /run/containers/0 /root/.config/containers
}

insecure() {
    rkt --insecure-options=image "$@"
}

# Credentials as rkt's own configuration has them.
docker_auth() { # REGISTRY PASSWORD
    mkdir -p /etc/rkt/auth.d
    jq -n --arg registry "$1" --arg password "$2" '{rktKind: "dockerAuth", rktVersion: "v1", registries: [$registry],
        credentials: {user: "user", password: $password}}' >"/etc/rkt/auth.d/$1.json"
}

@test "password: without one, with a wrong one, and with the right one" {
    run -254 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    assert_contains "$stderr" 'registry "registry.test:5444" asks for a password, and there is none'
    docker_auth registry.test:5444 wrong
    run -254 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    assert_contains "$stderr" 'registry "registry.test:5444" answers with status 401 for "team/app"'
    docker_auth registry.test:5444 password
    run -0 --separate-stderr insecure run docker://registry.test:5444/team/app:1.0
    assert_equal "$output" 'from a registry'
}

@test "password: as docker, podman and skopeo have kept it" {
    skopeo login --username=user --password=password --authfile=/root/.docker/config.json registry.test:5444
    run -0 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    rm -r /root/.docker
    skopeo login --username=user --password=password registry.test:5444
    run -0 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    skopeo logout registry.test:5444
    run -254 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    # The entry for the longest part of the name decides.
    jq -n '{auths: {
        "registry.test:5444": {auth: ("user:wrong" | @base64)},
        "registry.test:5444/team": {auth: ("user:password" | @base64)}}}' >"$images/auth.json"
    REGISTRY_AUTH_FILE=$images/auth.json run -0 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    REGISTRY_AUTH_FILE=$images/auth.json run -254 --separate-stderr insecure fetch docker://registry.test:5444/open/app:1.0
}

@test "password: from a credential helper" {
    mkdir -p /root/.docker
    printf '{"credHelpers": {"registry.test:5444": "tests"}}' >/root/.docker/config.json
    cat >/usr/local/bin/docker-credential-tests <<'END'
#!/bin/sh
[ "$1" = get ] && [ "$(cat)" = registry.test:5444 ] || exit 1
echo '{"ServerURL": "registry.test:5444", "Username": "user", "Secret": "password"}'
END
    chmod 755 /usr/local/bin/docker-credential-tests
    run -0 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    printf '{"credsStore": "tests"}' >/root/.docker/config.json
    run -0 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    # The helper of one registry comes before the one of all.
    printf '{"credsStore": "none", "credHelpers": {"registry.test:5444": "tests"}}' >/root/.docker/config.json
    run -0 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    printf '{"credsStore": "none"}' >/root/.docker/config.json
    run -254 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    # a14: its name is no path.
    for name in ../bin/docker-credential-tests /usr/local/bin/docker-credential-tests 'tests;id' ''; do
        jq -n --arg name "$name" '{credHelpers: {"registry.test:5444": $name}}' >/root/.docker/config.json
        run -254 --separate-stderr insecure fetch docker://registry.test:5444/team/app:1.0
    done
    rm /usr/local/bin/docker-credential-tests
}

@test "tokens: for everybody, and for who is somebody" {
    run -0 --separate-stderr insecure run docker://registry.test:5445/open/app:1.0
    assert_equal "$output" 'from a registry'
    run -254 --separate-stderr insecure fetch docker://registry.test:5445/team/app:1.0
    assert_contains "$stderr" '"registry.test" gives no token for "team/app": status 401'
    docker_auth registry.test:5445 password
    run -0 --separate-stderr insecure fetch docker://registry.test:5445/team/app:1.0
    # a02: one token a pull, for what is pulled, whatever the registry asks for.
    : >"$servers/www.log"
    run -0 --separate-stderr insecure fetch docker://registry.test:5445/team/app:1.0
    run -0 grep GET "$servers/www.log"
    assert_equal "${#lines[@]}" 1
    assert_contains "$output" 'GET /token?scope=repository%3Ateam%2Fapp%3Apull&service=registry'
    [[ $output != *password* ]] || fail "$output"
}

@test "tokens: a place elsewhere gets no password unless somebody says so" {
    # a02: nor any without https.
    systemctl stop test-registry-tokens
    start_registry_with_tokens http://registry.test/token
    docker_auth registry.test:5445 password
    : >"$servers/www.log"
    run -254 --separate-stderr insecure fetch docker://registry.test:5445/team/app:1.0
    assert_contains "$stderr" 'has its tokens from "http://registry.test/token", without https'
    [[ ! -s $servers/www.log ]] || fail "$(<"$servers/www.log")"
    systemctl stop test-registry-tokens
    start_registry_with_tokens https://images.test/token
    run -254 --separate-stderr insecure fetch docker://registry.test:5445/team/app:1.0
    assert_contains "$stderr" 'registry "registry.test:5445" wants its credentials sent to "images.test"'
    [[ ! -s $servers/www.log ]] || fail "$(<"$servers/www.log")"
    jq -n '{rktKind: "registry", rktVersion: "v1", registries: ["registry.test:5445"],
        tokenHosts: ["images.test"]}' >/etc/rkt/auth.d/registry.json
    run -0 --separate-stderr insecure fetch docker://registry.test:5445/team/app:1.0
}

@test "nginx: discovery, a key and an image; then 304, then nothing" {
    cp "$servers/good.asc" "$servers/nginx/key.asc"
    printf '<meta name="ac-discovery" content="nginx.test https://nginx.test/app.{ext}">
<meta name="ac-discovery-pubkeys" content="nginx.test https://nginx.test/key.asc">' >"$servers/nginx/index.html"
    run -0 --separate-stderr rkt trust --skip-fingerprint-review --prefix=nginx.test
    run -0 --separate-stderr rkt run nginx.test/app:1.0
    assert_equal "$output" 'from nginx'
    : >"$servers/nginx.log"
    run -0 --separate-stderr rkt fetch nginx.test/app:1.0
    run -0 grep app.aci "$servers/nginx.log"
    assert_contains "$output" '304 GET /app.aci range=-'
    [[ $output != *'200 GET /app.aci '* ]] || fail "$output"
    # What the server lets be fresh is not asked for at all.
    run -0 --separate-stderr rkt fetch https://nginx.test/fresh/app.aci
    : >"$servers/nginx.log"
    run -0 --separate-stderr rkt fetch https://nginx.test/fresh/app.aci
    assert_contains "$stderr" "image for https://nginx.test/fresh/app.aci isn't expired, not fetching."
    [[ ! -s $servers/nginx.log ]] || fail "$(<"$servers/nginx.log")"
    # Another one has come.
    make_aci "$images/new.aci" nginx.test/app "$(exec_of /bin/echo 'a new one')"
    sign good "$images/new.aci"
    cp "$images/new.aci" "$servers/nginx/app.aci"
    cp "$images/new.aci.asc" "$servers/nginx/app.aci.asc"
    run -0 --separate-stderr rkt run --pull-policy=update nginx.test/app:1.0
    assert_equal "$output" 'a new one'
    cp "$images"/app.aci* "$servers/nginx"
}

# Until there are bytes of an unfinished download.
wait_for_bytes() {
    local end=$((SECONDS + 10))
    until [[ -n $(find "$cas/downloads" -name '*[0-9a-f]' -size +100k 2>/dev/null) ]]; do
        ((SECONDS < end)) || fail "nothing comes"
        sleep 0.05
    done
}

@test "nginx: who is killed goes on where he was" {
    trust_key good nginx.test
    rkt fetch https://nginx.test/slow/app.aci 2>/dev/null 3>&- &
    wait_for_bytes
    kill -KILL $!
    wait $! || :
    sed -i 's/limit_rate 300k/limit_rate 0/' "$servers/nginx.conf"
    nginx -c "$servers/nginx.conf" -s reload
    : >"$servers/nginx.log"
    run -0 --separate-stderr rkt run https://nginx.test/slow/app.aci
    assert_equal "$output" 'from nginx'
    run -0 grep 'GET /slow/app.aci range=bytes=[1-9]' "$servers/nginx.log"
    assert_contains "$output" '206 GET'
    sed -i 's/limit_rate 0/limit_rate 300k/' "$servers/nginx.conf"
    nginx -c "$servers/nginx.conf" -s reload
}

@test "nginx: of two who want the same, one fetches" {
    trust_key good nginx.test
    rkt fetch https://nginx.test/slow/app.aci 2>/dev/null 3>&- &
    wait_for_bytes
    run -0 --separate-stderr rkt fetch https://nginx.test/slow/app.aci
    assert_contains "$stderr" 'another rkt instance is downloading this file, waiting...'
    wait $!
    run -0 grep -c 'GET /slow/app.aci ' "$servers/nginx.log"
    run -0 grep -cE '20[06] GET /slow/app.aci .*sent=[0-9]{6,}' "$servers/nginx.log"
    assert_equal "$output" 2 # that of the last test among them
}

@test "nginx: credentials go to their domain, by https alone" {
    trust_key good nginx.test
    run -254 --separate-stderr rkt fetch https://nginx.test/secret/app.aci
    assert_contains "$stderr" 'bad HTTP status code: 401'
    mkdir -p /etc/rkt/auth.d
    jq -n '{rktKind: "auth", rktVersion: "v1", domains: ["nginx.test"], type: "basic",
        credentials: {user: "user", password: "password"}}' >/etc/rkt/auth.d/nginx.json
    run -0 --separate-stderr rkt run https://nginx.test/secret/app.aci
    assert_equal "$output" 'from nginx'
    run -0 grep -c '200 GET /secret/app.aci.* user=user' "$servers/nginx.log"
    run -254 --separate-stderr rkt fetch http://nginx.test/secret/app.aci
    assert_contains "$stderr" 'bad HTTP status code: 401'
}

# shellcheck disable=SC2030
@test "proxy: is used where the environment says so" {
    trust_key good nginx.test
    HTTPS_PROXY=http://127.0.0.1:8888 run -0 --separate-stderr rkt fetch https://nginx.test/app.aci
    run -0 grep -c 'CONNECT nginx.test:443' "$servers/proxy.log"
    https_proxy=http://127.0.0.1:8888 run -0 --separate-stderr insecure fetch "docker://$registry/team/app:1.0"
    run -0 grep -c 'CONNECT registry.test:5443' "$servers/proxy.log"
    HTTP_PROXY=http://127.0.0.1:8888 run -0 --separate-stderr rkt fetch --pull-policy=new http://nginx.test/app.aci
    run -0 grep -c 'GET http://nginx.test/app.aci' "$servers/proxy.log"
    # Nobody listens there; some names are asked directly.
    HTTPS_PROXY=http://127.0.0.1:1 run -254 --separate-stderr rkt fetch https://nginx.test/app.aci
    HTTPS_PROXY=http://127.0.0.1:1 NO_PROXY=other.test,nginx.test run -0 --separate-stderr rkt fetch https://nginx.test/app.aci
}

# Configuration: the system's directory, the local one, the user's

# A document of one of them.
configure() { # system|local|user DIRECTORY FILE DOCUMENT
    mkdir -p "$images/$1/$2"
    printf '%s\n' "$4" >"$images/$1/$2/$3"
}

auth() { # USER PASSWORD DOMAIN…
    jq -nc --arg user "$1" --arg password "$2" '{rktKind: "auth", rktVersion: "v1", domains: $ARGS.positional, type: "basic",
        credentials: {user: $user, password: $password}}' --args "${@:3}"
}

docker() { # USER PASSWORD REGISTRY…
    jq -nc --arg user "$1" --arg password "$2" '{rktKind: "dockerAuth", rktVersion: "v1", registries: $ARGS.positional,
        credentials: {user: $user, password: $password}}' --args "${@:3}"
}

other() { # KIND MEMBER…
    printf '{"rktKind": "%s", "rktVersion": "v1"%s}' "$1" "$(printf ', %s' "${@:2}")"
}

with_trees() {
    rkt --system-config="$images/system" --local-config="$images/local" --user-config="$images/user" "$@"
}

in_force() { # KIND JQ-FILTER WANT
    run -0 --separate-stderr with_trees config
    # shellcheck disable=SC2031 # run set it in this very shell
    assert_equal "$(jq -c "[.stage0[] | select(.rktKind == \"$1\") | $2]" <<<"$output")" "$3"
}

@test "configuration: a later directory overrides an earlier one, each thing by itself" {
    rm -rf "$images"/{system,local,user}
    configure system auth.d a.json "$(auth system x a.test b.test c.test)"
    configure local auth.d a.json "$(auth local x b.test c.test:443)"
    configure user auth.d a.json '{"rktKind": "auth", "rktVersion": "v1", "domains": ["c.test"], "type": "oauth",
        "credentials": {"token": "user"}}'
    in_force auth '.domains[0] + " " + (.credentials.user // .credentials.token)' \
        '["a.test system","b.test local","c.test user","c.test:443 local"]'
    # Credentials come as a whole.
    in_force auth 'select(.domains == ["c.test"]) | .type, (.credentials | keys[])' '["oauth","token"]'
    configure system auth.d b.json "$(docker system x a.test b.test c.test)"
    configure local auth.d b.json "$(docker local x c.test b.test)"
    configure user auth.d b.json "$(docker user x c.test)"
    in_force dockerAuth '.registries[0] + " " + .credentials.user' '["a.test system","b.test local","c.test user"]'
    configure user auth.d c.json "$(docker user x d.test)"
    in_force dockerAuth '.registries[0]' '["a.test","b.test","c.test","d.test"]'

    configure system paths.d a.json "$(other paths '"data": "/srv/system"' '"stage1-images": "/srv/images"')"
    in_force paths '.data, .["stage1-images"]' '["/srv/system","/srv/images"]'
    configure local paths.d a.json "$(other paths '"data": "/srv/local"')"
    in_force paths '.data, .["stage1-images"]' '["/srv/local","/srv/images"]'
    configure user paths.d a.json "$(other paths '"stage1-images": "/srv/user"')"
    in_force paths '.data, .["stage1-images"]' '["/srv/local","/srv/user"]'
    configure user paths.d b.json "$(other paths '"data": "/srv/user"')"
    in_force paths .data '["/srv/user"]'
    run -0 --separate-stderr with_trees --dir="$images/data" config
    assert_equal "$(jq -r '.stage0[] | select(.rktKind == "paths").data' <<<"$output")" "$images/data"

    configure system stage1.d a.json "$(other stage1 '"name": "a.test/s"' '"version": "1"' '"location": "/srv/s.aci"')"
    in_force stage1 '.name, .version, .location' '["a.test/s","1","/srv/s.aci"]'
    configure local stage1.d a.json "$(other stage1 '"name": "b.test/s"' '"version": "2"')"
    in_force stage1 '.name, .version, .location' '["b.test/s","2","/srv/s.aci"]'
    configure user stage1.d a.json "$(other stage1 '"location": "https://c.test/s.aci"')"
    in_force stage1 '.name, .version, .location' '["b.test/s","2","https://c.test/s.aci"]'

    # The user's is one that somebody names.
    run -0 --separate-stderr rkt --system-config="$images/system" --local-config="$images/local" config
    [[ $output != *'"user"'$'\n'* && $output != *'/srv/user'* && $output != *d.test* && $output != *https* ]] || fail "$output"
    assert_contains "$output" /srv/local
}

@test "configuration: what is no good in any directory is told, with its file" {
    rm -rf "$images"/{system,local,user}
    configure system auth.d a.json "$(auth u p a.test)"
    configure local auth.d a.json "$(docker u p a.test)"
    configure user paths.d a.json "$(other paths '"data": "/srv/a"')"
    configure user stage1.d a.json "$(other stage1 '"name": "a.test/s"' '"version": "1"' '"location": "/srv/s.aci"')"
    run -0 --separate-stderr with_trees config
    while IFS='|' read -r tree directory document want; do
        configure "$tree" "$directory" b.json "$document"
        run -254 --separate-stderr with_trees --debug config
        assert_equal "$output" ''
        assert_contains "$stderr" 'cannot get configuration'
        assert_contains "$stderr" "$images/$tree/$directory/b.json"
        assert_contains "$stderr" "$want"
        rm "$images/$tree/$directory/b.json"
    done <<END
system|auth.d|{|failed to parse
user|auth.d|{"rktVersion": "v1"}|no rktKind specified in
user|auth.d|{"rktKind": "auth"}|no rktVersion specified in
local|auth.d|$(other paths '"data": "/srv/b"')|has kind of "paths"
user|paths.d|$(auth u p b.test)|has kind of "auth"
system|stage1.d|$(docker u p b.test)|has kind of "dockerAuth"
system|auth.d|$(auth u p a.test)|auth for domain "a.test" is already specified
local|auth.d|$(docker u p b.test a.test)|credentials for docker registry "a.test" are already specified
user|auth.d|$(auth u p)|no domains specified
user|auth.d|$(auth '' p b.test)|no user specified
local|auth.d|$(docker u '' b.test)|no password specified
system|auth.d|{"rktKind": "auth", "rktVersion": "v1", "domains": ["b.test"], "credentials": {}}|no auth type specified
system|auth.d|{"rktKind": "auth", "rktVersion": "v1", "domains": ["b.test"], "type": "magic", "credentials": {}}|unknown auth type: "magic"
user|paths.d|$(other paths '"data": "/srv/b"')|data directory is already specified
system|paths.d|$(other paths '"data": "srv"')|data directory must be an absolute path
local|paths.d|$(other paths '"stage1-images": "srv"')|stage1 images directory must be an absolute path
user|stage1.d|$(other stage1 '"name": "b.test/s"' '"version": "1"')|default stage1 image name and version are already specified
local|stage1.d|$(other stage1 '"version": "1"')|default stage1 image version specified, but name is missing
local|stage1.d|$(other stage1 '"name": "b.test/s"')|default stage1 image name specified, but version is missing
system|stage1.d|$(other stage1 '"location": "s.aci"')|is neither an absolute path nor a URL
END
    for kind in auth paths stage1; do
        place=$images/local/$kind.d
        # Of a newer kind; and who fetches needs all of them.
        configure local "$kind.d" b.json '{"rktKind": "'"$kind"'", "rktVersion": "v2"}'
        for words in config '--insecure-options=image fetch docker://registry.test:5443/team/app:1.0'; do
            # shellcheck disable=SC2086
            run -254 --separate-stderr with_trees $words
            assert_contains "$stderr" "no parser available for configuration of kind \"$kind\" and version \"v2\""
        done
        # What is not a file of such a name is not read.
        mv "$place/b.json" "$place/b.json.old"
        mkdir "$place/c.json"
        ln -s b.json.old "$place/d.json"
        run -0 --separate-stderr with_trees config
        rm -r "$place"
        : >"$place"
        run -254 --separate-stderr with_trees config
        assert_contains "$stderr" "expected \"$place\" to be a directory"
        rm "$place"
    done
}

@test "configuration: the password that overrides the others is the one that is used" {
    while read -r want system local user; do
        rm -rf "$images"/{system,local,user}
        mkdir -p "$images"/{system,local,user}
        for tree in system local user; do
            [[ ${!tree} != none ]] || continue
            configure "$tree" auth.d a.json "$(auth user "${!tree}" nginx.test)"
            configure "$tree" auth.d b.json "$(docker user "${!tree}" registry.test:5444)"
        done
        for word in https://nginx.test/secret/app.aci docker://registry.test:5444/team/app:1.0; do
            run --separate-stderr with_trees --insecure-options=image fetch --pull-policy=update "$word"
            assert_equal "$word $system $local $user: $status" "$word $system $local $user: $want"
            ((want == 0)) || assert_contains "$stderr" 401
        done
    done <<'END'
254 password wrong none
254 password password wrong
0 wrong password none
0 wrong wrong password
0 none none password
END
}
