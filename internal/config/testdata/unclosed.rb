# host: chef.example.com 10.0.0.5/24
api_fqdn "chef.example.com
nginx['ssl_port'] = 443
