# What the packages say of themselves, without installing them.
deb=$(ls "$work"/1/tournant_*.deb) ha=$(ls "$work"/1/tournant-ha_*.deb)
rpm=$(ls "$work"/1/tournant-1*.rpm) harpm=$(ls "$work"/1/tournant-ha-1*.rpm)

must 'reproducible' diff -r "$work/1" "$work/again"
must lintian lintian --allow-root --fail-on error,warning "$deb" "$ha"
must shellcheck shellcheck scripts/package scripts/package-version scripts/test-packages packaging/test/*.sh packaging/deb/*.p*
must 'shellcheck of rpm' shellcheck --shell=sh packaging/rpm/*

field() { dpkg-deb -f "$1" "$2"; }
for relation in Provides Conflicts Replaces; do
  equal "$relation" "$(field "$deb" $relation) $(field "$ha" $relation)" 'chef-server-core chef-ha'
done
equal architectures "$(field "$deb" Architecture) $(field "$ha" Architecture)" "$(go env GOARCH) all"
for need in 'tournant (>= 1.0)' 'keepalived (' nftables 'lvm2 (' e2fsprogs 'postgresql ('; do
  got=$(field "$ha" Depends)
  says 'what tournant-ha needs' "$need"
done
equal conffiles "$(dpkg-deb --ctrl-tarfile "$ha" | tar -xO ./conffiles)" /etc/needrestart/conf.d/tournant-ha.conf
got=$(dpkg-deb -c "$deb")
for file in 'rwxr-xr-x root/root .* ./usr/bin/tournant$' './usr/bin/chef-server-ctl -> tournant$' \
  'rw-r--r-- .* ./lib/systemd/system/tournant.service$' 'rw-r--r-- .* ./usr/share/man/man8/tournant-serve.8.gz$' \
  'rw-r--r-- .* ./usr/share/man/man8/chef-server-ctl-reconfigure.8.gz$' 'rw-r--r-- .* ./usr/share/bash-completion/completions/chef-server-ctl$' \
  'rw-r--r-- .* ./usr/share/zsh/vendor-completions/_chef-server-ctl$' 'rw-r--r-- .* ./usr/share/fish/vendor_completions.d/chef-server-ctl.fish$' \
  'rwx--x--x .* ./var/opt/opscode/$' 'rw-r--r-- .* ./usr/share/doc/tournant/install.md$'; do
  grep -q -- "$file" <<< "$got" || fail 'files of tournant' "no $file"
done

query() { rpm -qp "$@"; }
for relation in provides conflicts obsoletes; do
  must "rpm: $relation" query "--$relation" "$rpm" && says "rpm: $relation" chef-server-core
  must "rpm: $relation" query "--$relation" "$harpm" && says "rpm: $relation" chef-ha
done
for need in 'tournant >= 1.0' 'keepalived >= ' nftables 'lvm2 >= ' e2fsprogs 'postgresql-server >= 15'; do
  must 'rpm: needs' query --requires "$harpm"
  says 'rpm: needs' "$need"
done

# Its scripts are sh's, and none of them enables or starts anything.
must 'rpm: scripts' query --scripts "$rpm" "$harpm"
for script in postinstall preuninstall postuninstall; do
  equal "rpm: $script" "$(grep -c "^$script scriptlet (using /bin/sh):" <<< "$got")" 2
done
equal 'rpm: what scripts begin' "$(grep -E 'systemctl.* (enable|start|restart|try-restart)' <<< "$got")" ''

# Both kinds have the same files, but for where each distribution has its own.
files() { tar -tz | sed -n 's|^\./||; s|^usr/lib/systemd|lib/systemd|; s|zsh/site-functions|zsh/vendor-completions|; /[^/]$/p' | grep -vE '/(licenses|lintian)/|/copyright$|changelog.Debian|needrestart' | sort; }
must 'rpm: files' diff <(dpkg-deb --fsys-tarfile "$deb" | gzip | files) <(rpm2archive - < "$rpm" | files)
must 'rpm: files of tournant-ha' diff <(dpkg-deb --fsys-tarfile "$ha" | gzip | files) <(rpm2archive - < "$harpm" | files)
equal 'the program in both' "$(rpm2archive - < "$rpm" | tar -xzO ./usr/bin/tournant | sha256sum)" "$(dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/bin/tournant | sha256sum)"
