# host: be2.example.com 10.0.0.2/24
topology "ha"
api_fqdn 'chef.example.com'
notification_email 'ops@example.com'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true, :cluster_ipaddress => '10.1.0.1'
server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend', :cluster_ipaddress => '10.1.0.2'
backend_vip 'vip.example.com', :ipaddress => '10.0.0.9/24', :device => 'ens5', :heartbeat_device => 'ens6'
ha['provider'] = 'aws'
ha['ebs_volume_id'] = 'vol-0123456789abcdef0'
ha['ebs_device'] = '/dev/xvdf'
ha['aws_region'] = 'eu-central-1'
ha['failover_wait'] = 90
keepalived['vrrp_instance_advert_int'] = 0.5
keepalived['vrrp_instance_virtual_router_id'] = 51
keepalived['vrrp_instance_interface'] = 'ens5'
keepalived['vrrp_instance_priority'] = '120'
drbd['sync_rate'] = '40M'
