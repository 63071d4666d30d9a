# host: chef.example.com 10.0.0.5/24
ldap['base_dn'] = 'OU=Employees,OU=Domain users,DC=example,DC=com'
ldap['bind_dn'] = 'CN=chef,OU=Services,DC=example,DC=com'
ldap['bind_password'] = <<-EOS.chomp
correct horse
  EOS
ldap['host'] = 'ldap.example.com'
ldap['port'] = '636'
ldap['ssl_enabled'] = true
ldap['login_attribute'] = 'sAMAccountName'
