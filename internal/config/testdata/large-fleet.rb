# host: chef.example.com 10.0.0.5/24
# Tuned as the guides for large installations say.
api_fqdn "chef.example.com"

opscode_erchef['s3_url_ttl'] = 3600
opscode_erchef['strict_search_result_acls'] = true
opscode_erchef['auth_skew'] = '600'
opscode_erchef['max_request_size'] = 3_000_000
opscode_erchef['keygen_cache_size'] = 1000
opscode_erchef['depsolver_worker_count'] = 12
opscode_erchef['db_pool_size'] = 100
opscode_solr4['heap_size'] = 4096
opscode_solr4['commit_interval'] = 3000
opscode_solr4['max_field_length'] = 200000
opscode_expander['nodes'] = 4
postgresql['max_connections'] = 1500
postgresql['shared_buffers'] = '4GB'
postgresql['log_min_duration_statement'] = 1000
nginx['worker_processes'] = 8
nginx['client_max_body_size'] = '500m'
rabbitmq['management_enabled'] = false
license['nodes'] = 5000
