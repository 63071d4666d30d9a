# host: be1.example.com 10.0.0.1/24
topology "ha"
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'fe1.example.com', :ipaddress => '10.0.0.3', :role => 'frontend'
backend_vip 'vip.example.com', :ipaddress => '10.0.7.9', :heartbeat_device => 'eth1'
api_fqdn 'https://chef.example.com'
ha['aws_access_key_id'] = 'AKIA'
