# host: chef.example.com 10.0.0.5/24
data_collector['root_url'] = 'https://automate.example.com/data-collector/v0/'
data_collector['token'] = ENV['DC_TOKEN'] || 'none'
data_collector['proxy'] = true
profiles['root_url'] = 'https://automate.example.com'
opscode_erchef['max_request_size'] = 2097152
insecure_addon_compat false
