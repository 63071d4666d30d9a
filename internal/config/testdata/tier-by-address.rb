# host: ip-192-168-4-2 192.168.4.2/24
# The host does not know its own domain; its address tells who it is.
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
