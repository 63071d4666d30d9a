package page

import (
	"fmt"
	"strings"

	"tournant/lab/cluster"
)

// hosts are those that the page is for, and a second frontend.
var hosts = cluster.Config{Frontends: 2}.Instances()

// serverRB is the page's chef-server.rb, for the lab's keys, volume and EC2, with the
// second frontend.
func serverRB() string {
	var b strings.Builder
	fmt.Fprintf(&b, `topology "ha"
ha['provider'] = 'aws'
ha['aws_access_key_id'] = '%s'
ha['aws_secret_access_key'] = '%s'
ha['aws_region'] = '%s'
ha['aws_endpoint'] = '%s'
ha['ebs_volume_id'] = '%s'
ha['ebs_device'] = '/dev/xvdf'
`, cluster.AccessKey, cluster.SecretKey, cluster.Region, cluster.Endpoint(), cluster.VolumeID)
	for i, h := range hosts {
		fmt.Fprintf(&b, "\nserver '%s',\n  :ipaddress => '%s',\n  :role => '%s'", h.FQDN(), h.Address, h.Role)
		if i == 0 {
			b.WriteString(",\n  :bootstrap => true")
		}
		b.WriteString("\n")
	}
	vip := cluster.Host{Address: cluster.VIP}
	fmt.Fprintf(&b, "\nbackend_vip '%s',\n  :ipaddress => '%s',\n  :device => '%s',\n  :heartbeat_device => '%[3]s'\n", vip.FQDN(), vip.Address, cluster.Device)
	fmt.Fprintf(&b, "\napi_fqdn '%s'\n", cluster.APIFQDN)
	return b.String()
}
