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
