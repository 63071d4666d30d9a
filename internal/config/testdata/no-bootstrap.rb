# host: be1.example.com 10.0.0.1/24
topology 'tier'
api_fqdn 'chef.example.com'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend'
server 'fe1.example.com', :ipaddress => '10.0.0.3', :role => 'frontend', :bootstrap => true
backend_vip 'be1.example.com', :ipaddress => '10.0.0.9'
