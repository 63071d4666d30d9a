# rpm's own tools install, upgrade and remove: with scripts, in a directory of their own.
layer rpm "$work/seed/upper:$(readlink -f "$work/debian")"
root=$work/rpm/root
r() { rpm --root "$root" --nodeps "$@"; } # what they need is not Debian's
enabled() { chroot "$root" systemctl is-enabled tournant tournant-ha tournant-keepalived 2> /dev/null | xargs; }
generated=/etc/systemd/system/tournant-postgresql.service

must 'rpm: install' r -i "$work"/1/*.rpm
says 'rpm: install' 'chef-server-ctl reconfigure'
must 'rpm: the command' chroot "$root" chef-server-ctl version
equal 'rpm: enabled' "$(enabled)" 'disabled disabled disabled'
equal 'rpm: modes' "$(stat -c %a "$root"/{etc,var/opt,var/log}/opscode | xargs)" '755 711 755'
chroot "$root" systemctl --quiet enable tournant tournant-ha tournant-keepalived
touch "$root/etc/opscode/chef-server.rb" "$root$generated"
must 'rpm: upgrade' r -U "$work"/2/*.rpm
equal 'rpm: enabled after an upgrade' "$(enabled)" 'enabled enabled enabled'
must 'rpm: what an upgrade keeps' ls "$root/etc/opscode/chef-server.rb" "$root$generated"
must 'rpm: verify' r -V tournant tournant-ha
must 'rpm: remove' r -e tournant tournant-ha
must 'rpm: what removal keeps' ls "$root/etc/opscode/chef-server.rb"
equal 'rpm: what removal leaves' "$(find "$root/usr/bin/tournant" "$root$generated" "$root"/etc/systemd/system/multi-user.target.wants -name 'tournant*' 2> /dev/null)" ''
