# host: chef.example.com 10.0.0.5/24
api_fqdn :chef
ip_version 6
nginx['ssl_port'] = 'https'
nginx['non_ssl_port'] = 123456
nginx['enable_non_ssl'] = 'false'
nginx['ssl_certificate'] = 'chef.crt'
opscode_erchef['auth_skew'] = [900]
opscode_erchef['max_request_size'] = -1
opscode_erchef['base_resource_url'] = 'chef.example.com'
use_chef_backend true
chef_backend_members ['10.0.0.6']
