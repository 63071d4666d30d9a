# host: be1.example.com 10.0.0.1/24
topology "ha"
api_fqdn 'chef.example.com'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend'
server 'be3.example.com', :ipaddress => '10.0.0.3', :role => 'backend'
ha['provider'] = 'aws'
ha['ebs_volume_id'] = 'sda1'
ha['ebs_device'] = '/dev/xvdf'
ha['aws_access_key_id'] = 'AKIA'
