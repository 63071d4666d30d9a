# host: chef01.internal.example.com 10.0.1.5/24
# TLS ends at the load balancer.
api_fqdn 'chef.example.com'
nginx['enable_non_ssl'] = true
nginx['non_ssl_port'] = 8080
nginx['ssl_port'] = "8443"
nginx['x_forwarded_proto'] = 'https'
opscode_erchef['base_resource_url'] = 'https://chef.example.com/'
