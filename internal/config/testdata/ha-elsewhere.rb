# host: a 10.0.0.1/24
topology 'ha'
api_fqdn 'c'
server 'a', role: 'backend', ipaddress: '10.0.0.1', bootstrap: true
server 'b', role: 'backend', ipaddress: '10.0.0.2'
backend_vip 'v', ipaddress: '10.0.0.9', device: 'eth0'
ha['provider'] = 'aws'
ha['ebs_volume_id'] = 'vol-0'
ha['ebs_device'] = '/dev/xvdf'
postgresql['external'] = true
postgresql['vip'] = 'db'
postgresql['db_superuser'] = 'x'
postgresql['db_superuser_password'] = 'y'
postgresql['enable'] = false
