# host: chef.example.com 10.0.0.5/24
# The file exists, as after installing, and says nothing.
