# host: chef.example.com 10.0.0.5/24
api_fqdn "chef.example.com"
nginx['ssl_certifcate'] = '/etc/chef.crt'
opscode_erchef['ssl_port'] = 443
postgresql['frobnication'] = 1
