# host: ip-172-31-30-47.us-west-1.compute.internal 172.31.30.47/20
# What the page says is all that a frontend needs.
topology "ha"
