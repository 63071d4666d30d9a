# host: chef-stage.example.com 10.0.0.5/24
=begin
One file for both environments.
=end
stage = node['fqdn'].start_with?('chef-stage') ? 'stage' : 'live'
api_fqdn "chef.#{stage}.example.com"
if stage == 'live' && ENV['CHEF_PORT'].nil?
  nginx['ssl_port'] = 443
elsif ENV['CHEF_PORT']
  nginx['ssl_port'] = ENV['CHEF_PORT'].to_i
else
  nginx['ssl_port'] = 8443
end
opscode_erchef['auth_skew'] = 60 unless stage == 'live'
notification_email 'ops@example.com' if stage == 'live'
