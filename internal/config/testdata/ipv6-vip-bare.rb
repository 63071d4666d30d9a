# host: be1.example.com 2001:db8::1/64
topology "tier"
ip_version "ipv6"
api_fqdn 'chef.example.com'
server 'be1.example.com', :ipaddress => '2001:db8::1', :role => 'backend', :bootstrap => true
backend_vip 'vip.example.com', :ipaddress => '2001:db8::9', :device => 'eth0'
