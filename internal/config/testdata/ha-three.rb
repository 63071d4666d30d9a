# host: be1.example.com 10.0.0.1/24
# Nobody makes secrets, three share one volume, and nothing says which.
topology "ha"
api_fqdn 'chef.example.com'
ha['provider'] = 'gcp'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend'
server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend'
server 'be3.example.com', :ipaddress => '10.0.0.3', :role => 'backend'
backend_vip 'vip.example.com', :ipaddress => '10.0.0.9', :device => 'eth0'
