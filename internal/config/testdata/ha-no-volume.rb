# host: ip-10-0-0-1 10.0.0.1/24
# The host does not know its domain; the volume is not said.
topology "ha"
api_fqdn 'chef.example.com'
ha['provider'] = 'aws'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend', :bootstrap => true
server 'fe1.example.com', :ipaddress => '10.0.0.2', :role => 'frontend', :bootstrap => true
backend_vip 'vip.example.com', :ipaddress => '10.0.0.9', :device => 'eth0'
