# host: chef.example.com 10.0.0.5/24
oc_id['administrators'] = %w(alice bob)
oc_id['applications'] ||= {}
oc_id['applications']['supermarket'] = {
  'redirect_uri' => 'https://supermarket.example.com/auth/chef_oauth2/callback'
}
oc_id['applications']['analytics'] = { redirect_uri: "https://analytics.example.com/" }
