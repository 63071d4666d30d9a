# host: chef.example.com 10.0.0.5/24
nginx['ssl_port'] = 8443
api_fqdn = "chef.example.com"
