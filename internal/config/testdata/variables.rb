# host: chef.domain 10.12.10.65/24
# One name, said once.
server_name = "chef.domain"
api_fqdn server_name
nginx['enable'] = true
nginx['ssl_port'] = '10.12.10.65:443'
nginx['non_ssl_port'] = '10.12.10.65:80'
nginx['ssl_certificate'] = "/etc/ssl/certs/#{server_name}.crt"
nginx['ssl_certificate_key'] = "/etc/ssl/private/#{server_name}.key"
nginx['url'] = "https://#{server_name}"
nginx['server_name'] = server_name
bookshelf['listen'] = '127.0.0.1'
bookshelf['vip'] = server_name
