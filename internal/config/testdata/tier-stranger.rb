# host: fe3.example.com 192.168.4.9/24
topology "tier"

server "be1.example.com",
  :ipaddress => "192.168.4.1",
  :role => "backend",
  :bootstrap => true

backend_vip "be1.example.com",
  :ipaddress => "192.168.4.10/24",
  :device => "eth1"

server "fe1.example.com", ipaddress: "192.168.4.2", role: "frontend"
server "fe2.example.com", ipaddress: "192.168.4.3", role: "frontend"

api_fqdn "chef.example.com"
