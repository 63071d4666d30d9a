# host: chef.example.com 10.0.0.5/24
# From private-chef.rb of Enterprise Chef 11.
topology "manual"
couchdb['data_dir'] = '/srv/couchdb'
opscode_account['worker_processes'] = 8
opscode_webui['worker_processes'] = 2
opscode_solr['heap_size'] = 2048
redis_lb['keepalive'] = 60
lb['xdl_defaults']['503_mode'] = false
dark_launch["private-chef"] = true
default_orgname "ops"
