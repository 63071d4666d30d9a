package config

// frontGroups are the groups of settings of what stands before the API.
var frontGroups = map[string]group{
	"nginx": {
		why: "there is no nginx: the server speaks TLS itself",
		keys: `cache_max_size client_max_body_size dhparam_generator_id dhparam_key_length enable_ipv6 enable_non_ssl
			enable_stub_status gzip gzip_comp_level gzip_http_version gzip_proxied gzip_types hsts_max_age
			keepalive_timeout log_x_forwarded_for nginx_no_root non_ssl_port pivotal_ssl_client_cert
			pivotal_ssl_client_key proxy_connect_timeout sendfile server_name server_names_hash_bucket_size
			show_welcome_page ssl_certificate ssl_certificate_key ssl_ciphers ssl_client_ca ssl_company_name
			ssl_country_name ssl_dhparam ssl_duration ssl_email_address ssl_key_length ssl_locality_name
			ssl_organizational_unit_name ssl_port ssl_protocols ssl_state_name ssl_verify_depth strict_host_header
			sts_max_age stub_status tcp_nodelay tcp_nopush time_format url use_implicit_hosts worker_connections
			worker_processes x_forwarded_proto`,
	},
	"lb": {
		why: "there is no inner load balancer",
		keys: `access_by_lua_file api_fqdn ban_refresh_interval bookshelf cache_cookbook_files chef_max_version
			chef_min_version chef_server_webui debug erchef maint_refresh_interval redis_connection_pool_size
			redis_connection_timeout redis_keepalive_timeout upstream web_ui_fqdn xdl_defaults xmaint_allowed_ips_list`,
	},
	"lb_internal": {
		why:  "there is no inner load balancer",
		keys: `account_port authz_port bifrost_port chef_port oc_bifrost_port`,
	},
	"haproxy": {
		why: "there is no inner load balancer",
		keys: `etcd_port leaderl_healthcheck_port local_elasticsearch_port local_postgresql_port remote_elasticsearch_port
			remote_postgresql_port`,
	},
	"varnish": {
		why: "there is no inner load balancer",
	},
	"redis_lb": {
		why: "there is no Redis",
		keys: `activerehashing aof_rewrite_min_size aof_rewrite_percent appendfsync appendonly bind databases keepalive
			loglevel maxmemory maxmemory_policy password save_frequency timeout`,
	},
	"redis": {
		why: "there is no Redis",
		keys: `activerehashing aof_rewrite_min_size aof_rewrite_percent appendfsync appendonly bind databases keepalive
			loglevel maxmemory maxmemory_policy root save_frequency timeout vm`,
	},
}
