# host: chef.example.com 10.0.1.5/24
postgresql['external'] = true
postgresql['vip'] = 'db.example.com'
postgresql['db_superuser'] = 'chef'
postgresql['db_superuser_password'] = 'x'
postgresql['sslmode'] = 'verify-full'
postgresql['sslrootcert'] = '/etc/opscode/db-ca.pem'
opscode_erchef['db_pool_size'] = '12'
opscode_erchef['db_pool_max'] = 16
