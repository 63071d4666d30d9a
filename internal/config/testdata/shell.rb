# host: chef.example.com 10.0.0.5/24
api_fqdn `hostname -f`.chomp
