# host: fe1.example.com 10.0.0.2/24
topology 'tier'
api_fqdn 'chef.example.com'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'fe1.example.com', :ipaddress => '10.0.0.2', :role => 'frontend'
postgresql['external'] = true
postgresql['vip'] = '10.0.0.100'
postgresql['db_superuser'] = 'chef'
postgresql['db_superuser_password'] = 'hush'

role_name = ChefServer["servers"][node['fqdn']]["role"]
case role_name
when "backend"
  nginx['ssl_port'] = 8443
when "frontend"
  opscode_erchef['max_request_size'] = 4 * 1024 * 1024
end
