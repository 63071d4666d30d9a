# host: chef.example.com 10.0.1.5/24
topology 'standalone'
api_fqdn 'chef.example.com'
postgresql['external'] = true
postgresql['vip'] = 'my_postgresql.postgres.database.azure.com'
postgresql['db_superuser'] = 'bofh'
postgresql['db_superuser_password'] = "p@ss/word#1"
postgresql['db_connection_superuser'] = 'bofh@my_postgresql.postgres.database.azure.com'
opscode_erchef['sql_connection_user'] = 'opscode_chef@my_postgresql.postgres.database.azure.com'
