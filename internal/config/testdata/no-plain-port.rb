# host: chef.example.com 10.0.1.5/24
nginx['non_ssl_port'] = false
ip_version 'ipv6'
