package config

// clusterGroups are the groups of settings of clusters.
var clusterGroups = map[string]group{
	"ha": {
		why: "it is read with topology \"ha\" alone",
		keys: `aws_access_key_id aws_endpoint aws_region aws_secret_access_key ebs_device ebs_volume_id failover_wait path
			provider`,
	},
	"keepalived": {
		why: "it is read with topology \"ha\" alone",
		keys: `ipv6_on service_order service_posthooks smtp_connect_timeout smtp_server vrrp_instance_advert_int
			vrrp_instance_interface vrrp_instance_ipaddress vrrp_instance_ipaddress_dev vrrp_instance_nopreempt
			vrrp_instance_password vrrp_instance_preempt_delay vrrp_instance_priority vrrp_instance_state
			vrrp_instance_virtual_router_id vrrp_instance_vrrp_unicast_bind vrrp_instance_vrrp_unicast_peer
			vrrp_sync_group vrrp_sync_instance`,
	},
	"drbd": {
		why:  "there is no DRBD: the volume moves between the backends",
		keys: `device disk flexible_meta_disk primary secondary shared_secret sync_rate version`,
	},
	"bootstrap": {
		why: "server … :bootstrap => true says which host comes first",
	},
}
