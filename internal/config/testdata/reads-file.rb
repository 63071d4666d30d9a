# host: chef.example.com 10.0.0.5/24
api_fqdn 'chef.example.com'
postgresql['external'] = true
postgresql['db_superuser_password'] = File.read('/etc/opscode/db_password').chomp
