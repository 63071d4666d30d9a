# The life of an installed server: by apt-get install ./x.deb, which brings the dependencies.
machine apt
put "$work/1"
must install apt install ./tournant.deb ./tournant-ha.deb
says 'what comes next' 'chef-server-ctl reconfigure'

# Nothing of the distribution stands in the way of booting as standby, nothing of ours begins.
equal 'clusters of the distribution' "$(sh_ 'ls /etc/postgresql 2>/dev/null')" ''
equal 'its keepalived' "$(service keepalived)" 'disabled inactive'
for unit in tournant tournant-ha tournant-keepalived; do
  equal "$unit" "$(service "$unit")" 'disabled inactive'
done
must 'well-formed units' in_ systemd-analyze verify --man=no tournant.service tournant-ha.service tournant-ha-failed.service tournant-keepalived.service
equal 'what is said of the units' "$got" ''
equal 'modes' "$(sh_ 'stat -c %a:%U /etc/opscode /var/opt/opscode /var/log/opscode' | xargs)" '755:root 711:root 755:root'
must 'the command' in_ chef-server-ctl version
must completion in_ chef-server-ctl __complete reconf
says completion reconfigure
refused 'a start without a configuration' in_ systemctl start tournant

must reconfigure in_ chef-server-ctl reconfigure
says reconfigure 'Chef Server Reconfigured!'
equal 'the server' "$(service tournant)" 'enabled active'
must org in_ chef-server-ctl org-create kitchen 'The Kitchen' -f /root/kitchen.pem
sh_ 'echo "# mine" >> /etc/opscode/chef-server.rb; echo "# mine" >> /etc/needrestart/conf.d/tournant-ha.conf'
before=$(in_ systemctl show -P MainPID tournant)

# An upgrade leaves what runs, and what people wrote.
put "$work/2"
must upgrade apt install ./tournant.deb ./tournant-ha.deb
says upgrade 'still the one before'
equal 'the process across the upgrade' "$(in_ systemctl show -P MainPID tournant)" "$before"
equal 'settings kept' "$(sh_ 'tail -qn 1 /etc/opscode/chef-server.rb /etc/needrestart/conf.d/tournant-ha.conf' | xargs)" '# mine # mine'
must 'the new conffile beside the old' sh_ 'test -e /etc/needrestart/conf.d/tournant-ha.conf.dpkg-dist'

# Restarted under load, of connections that are kept and of new ones, it fails no request.
load() { in_ tournant bench --url https://127.0.0.1 --user pivotal --key /var/opt/opscode/pivotal.pem --nodes 20 --connections 4 "$@"; }
must 'what the load needs' load --duration 0.1s get-node
for connections in '' --tls-per-request; do
  # shellcheck disable=SC2086
  load --setup=false --rate 50 --duration 8s --json "/root/load$connections.json" $connections put-node < /dev/null > "$work/load$connections" 2>&1 &
  loads+=($!)
done
sleep 2 # they are under way
for _ in 1 2 3; do must restart in_ chef-server-ctl restart; done
for process in "${loads[@]}"; do wait "$process" || fail 'the load' "$(cat "$work"/load*)"; done
loads=()
for connections in '' --tls-per-request; do
  got=$(sh_ "cat /root/load$connections.json")
  grep -q '"errors": 0' <<< "$got" || fail "requests $connections" "$got"
done
[ "$(in_ systemctl show -P MainPID tournant)" != "$before" ] || fail restart 'the process is the one before'
must 'it serves' in_ chef-server-ctl reconfigure
must status in_ chef-server-ctl status

halt
boot
equal 'the server after a reboot' "$(service tournant)" 'enabled active'
equal 'keepalived after a reboot' "$(service keepalived)" 'disabled inactive'
equal 'PostgreSQL after a reboot' "$(running postgres)" 0

# Our keepalived runs within its unit's bounds, also when it is sooner than its configuration.
# eth0 is where that has it.
in_ systemctl start tournant-keepalived
sh_ 'install -D -m 600 /dev/stdin /var/opt/opscode/keepalived/etc/keepalived.conf' < internal/keepalived/testdata/whole-seconds.conf
sh_ 'ip link add eth0 type veth peer name other && ip address add 10.9.0.1/24 dev eth0 && ip link set eth0 up && ip link set other up'
must 'keepalived becomes master' sh_ 'for i in $(seq 100); do journalctl -qu tournant-keepalived | grep -q "Entering MASTER STATE" && exit; sleep 0.2; done; journalctl -qu tournant-keepalived; exit 1'
in_ systemctl enable --quiet tournant-keepalived tournant-ha

must remove apt remove tournant tournant-ha
equal 'links to units' "$(sh_ 'ls /etc/systemd/system/multi-user.target.wants | grep tournant')" ''
equal 'processes' "$(running tournant) $(running keepalived)" '0 0'
must 'what removal keeps' sh_ 'ls /etc/opscode/chef-server.rb /etc/opscode/private-chef-secrets.json /var/opt/opscode/tournant.db /etc/needrestart/conf.d/tournant-ha.conf'

must 'install again' apt install ./tournant.deb ./tournant-ha.deb
must 'reconfigure again' in_ chef-server-ctl reconfigure
must orgs in_ chef-server-ctl org-list
says 'orgs after removal and installation' kitchen

must purge apt purge tournant tournant-ha
says purge '/var/opt/opscode holds'
equal 'what purging leaves' "$(sh_ 'ls -d /etc/opscode /var/log/opscode /var/opt/opscode/search /var/opt/opscode/keepalived /etc/needrestart/conf.d/tournant-ha.conf /etc/postgresql-common/createcluster.d 2>/dev/null')" ''
must 'the database' sh_ 'test -s /var/opt/opscode/tournant.db'
halt
