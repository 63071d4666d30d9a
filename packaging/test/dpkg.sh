# By the page's way: what they need first, then dpkg -i. Debian's PostgreSQL runs by then.
machine dpkg
put "$work/1"
sql() { in_ runuser -u postgres -- psql -Atc "$1"; }
start_conf() { sh_ 'tail -n 1 /etc/postgresql/15/main/start.conf'; }

refused 'tournant-ha before what it needs' in_ dpkg -i /packages/tournant-ha.deb
must 'purge of the half' in_ dpkg --purge tournant-ha
must 'what it needs' apt install ca-certificates keepalived nftables lvm2 e2fsprogs fdisk postgresql
equal "Debian's cluster" "$(service postgresql@15-main)" 'enabled-runtime active'

# With somebody's data, and a keepalived of somebody's: both are named and left.
must data sql 'CREATE DATABASE wiki'
sh_ 'printf "vrrp_instance X {\n}\n" > /etc/keepalived/keepalived.conf'
must 'tournant' in_ dpkg -i /packages/tournant.deb
must 'tournant-ha' in_ dpkg -i /packages/tournant-ha.deb
says 'data' 'the PostgreSQL cluster 15/main has data and was left as it is'
says 'keepalived' 'keepalived.service has a configuration of its own'
equal 'a cluster with data' "$(service postgresql@15-main) $(start_conf)" 'enabled-runtime active auto'
equal 'a keepalived with a configuration' "$(service keepalived | cut -d' ' -f1)" enabled
must 'purge' in_ dpkg --purge tournant-ha

# With nothing in them they are ended, and nothing is deleted.
must 'no data' sql 'DROP DATABASE wiki'
sh_ 'rm /etc/keepalived/keepalived.conf'
must 'tournant-ha again' in_ dpkg -i /packages/tournant-ha.deb
says 'an empty cluster' 'does not start with the host any more'
equal 'an empty cluster' "$(in_ systemctl is-active postgresql@15-main || true) $(start_conf)" 'inactive manual'
must 'its directory' sh_ 'test -s /var/lib/postgresql/15/main/PG_VERSION'
equal 'keepalived' "$(service keepalived)" 'disabled inactive'
halt
boot
equal 'PostgreSQL after a reboot' "$(running postgres)" 0
equal 'keepalived after a reboot' "$(service keepalived)" 'disabled inactive'

# It takes the place of the original, which cannot come back by chance.
must 'purge' in_ dpkg --purge tournant-ha tournant
old chef-server-core
must 'the original' in_ dpkg -i /packages/chef-server-core.deb
must 'in its place' in_ dpkg -i /packages/tournant.deb
refused 'the original' in_ dpkg -i /packages/chef-server-core.deb
equal 'the original' "$(sh_ 'dpkg-query -Wf "\${db:Status-Status}" chef-server-core')" not-installed
halt
