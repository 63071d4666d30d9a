# host: be1.example.com 10.0.0.1/24
# Every mistake that a cluster file can have.
topology 'tier'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'be2.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'fe1.example.com', :ipadress => '10.0.0.3', :role => 'front-end'
server 'fe2.example.com', :ipaddress => 'fe2', :role => 'frontend'
server 'fe2.example.com', :ipaddress => '10.0.0.5', :role => 'frontend'
server 'fe3.example.com'
