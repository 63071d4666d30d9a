# host: be1.example.com 10.0.0.1/24
# Backends in two zones, a disk that is the host's own, one secret of two.
topology "ha"
api_fqdn 'chef.example.com'
ha['provider'] = 'aws'
ha['ebs_volume_id'] = 'vol-0123456789abcdef0'
ha['ebs_device'] = '/dev/sda1'
ha['aws_secret_access_key'] = 'hush'
server 'BE1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'be2.example.com', :ipaddress => '10.0.1.2', :role => 'backend'
backend_vip 'vip.example.com', :ipaddress => '10.0.0.1', :device => 'eth0'
