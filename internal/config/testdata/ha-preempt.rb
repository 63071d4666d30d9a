# host: be1.example.com 10.0.0.1/24
topology "ha"
api_fqdn 'chef.example.com'
ha['provider'] = 'aws'
ha['ebs_volume_id'] = 'vol-0123456789abcdef0'
ha['ebs_device'] = '/dev/xvdf'
keepalived['vrrp_instance_nopreempt'] = true
keepalived['vrrp_instance_preempt_delay'] = 5
keepalived['vrrp_sync_group'] = 'MINE'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend'
backend_vip 'vip.example.com', :ipaddress => '10.0.0.9', :device => 'eth0'
