# host: chef.domain 10.12.10.65/24
# From the open source server of Chef 11, whose words were others.
server_name = "chef.domain"
api_fqdn server_name
lb['fqdn'] = server_name
erchef['listen'] = '127.0.0.1'
