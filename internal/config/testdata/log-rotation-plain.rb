# host: chef.example.com 10.0.0.5/24
rotation = { 'file_maxbytes' => 104_857_600, 'num_to_keep' => 10 }
nginx['log_rotation'] = rotation
bookshelf['log_rotation']['num_to_keep'] = 5
log_retention['opscode-erchef'] = 14
