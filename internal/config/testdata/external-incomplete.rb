# host: chef.example.com 10.0.1.5/24
postgresql['external'] = true
postgresql['db_superuser'] = 'chefadmin'
postgresql['sslmode'] = 'on'
