# host: chef.example.com 10.0.0.5/24
bookshelf['enable'] = false
bookshelf['vip'] = 's3.amazonaws.com'
bookshelf['external_url'] = 'https://s3.amazonaws.com'
bookshelf['access_key_id'] = 'AKIAEXAMPLE'
bookshelf['secret_access_key'] = 'hush'
opscode_erchef['s3_bucket'] = 'chef-cookbooks'
