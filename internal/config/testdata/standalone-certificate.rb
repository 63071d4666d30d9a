# host: chef01.corp.example.com 10.0.0.5/24
api_fqdn "chef.example.com"
nginx['ssl_certificate'] = "/etc/pki/tls/certs/chef.example.com.crt"
nginx['ssl_certificate_key'] = "/etc/pki/tls/private/chef.example.com.key"
nginx['ssl_protocols'] = "TLSv1.2"
nginx['ssl_ciphers'] = "HIGH:!aNULL:!MD5"
nginx['enable_non_ssl'] = false
