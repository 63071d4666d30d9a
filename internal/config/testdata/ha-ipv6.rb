# host: be1.example.com 2001:db8::1/64
topology "ha"
ip_version "ipv6"
api_fqdn 'chef.example.com'
ha['provider'] = 'aws'
ha['ebs_volume_id'] = 'vol-0123456789abcdef0'
ha['ebs_device'] = '/dev/xvdf'
keepalived['vrrp_instance_nopreempt'] = true
server 'be1.example.com', :ipaddress => '2001:db8::1', :role => 'backend', :bootstrap => true
server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend'
backend_vip 'vip.example.com', :ipaddress => '2001:db8::9/64', :device => 'eth0'
