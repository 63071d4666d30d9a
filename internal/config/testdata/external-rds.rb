# host: chef.example.com 10.0.1.5/24
postgresql['external'] = true
postgresql['vip'] = 'chef.abcdefg.us-east-1.rds.amazonaws.com'
postgresql['port'] = 5432
postgresql['db_superuser'] = 'chefadmin'
postgresql['db_superuser_password'] = ENV.fetch('CHEF_DB_PASSWORD')
postgresql['sslmode'] = 'require'
oc_chef_authz['http_init_count'] = 100
oc_chef_authz['http_max_count'] = 100
opscode_erchef['depsolver_worker_count'] = 4
opscode_erchef['db_pool_size'] = 40
oc_bifrost['db_pool_size'] = 40
