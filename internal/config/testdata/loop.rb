# host: chef.example.com 10.0.0.5/24
%w(nginx bookshelf opscode_erchef).each do |service|
  PrivateChef[service]['log_directory'] = "/srv/log/#{service}"
end
