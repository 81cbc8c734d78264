cd /var/tmp; . /usr/src/rkt/tests/functional/images.bash; make_aci t.aci example.com/t "$(exec_of /bin/sh -c 'echo hello; id; exit 3')"
h() { rkt --insecure-options=image run --stage1-from-dir=stage1-host.aci "$@"; }
time h --net=host --uuid-file-save=u t.aci </dev/null; echo "status $?"; rkt status --uuid-file=u; ls -la /var/lib/rkt/pods/run/$(cat u)/stage1/rootfs/rkt/status
U=$(h --detach --net=none t.aci --exec=/bin/sleep -- 1000 </dev/null); echo "U=$U $?"; rkt status $U; machinectl list; 
rkt enter $U sh -c 'id; ps; cat /proc/self/cgroup; grep -E "^(Cap|Sec|NoNew)" /proc/self/status; ls /'; echo "enter $?"
rkt stop $U; rkt status --wait=10s $U
