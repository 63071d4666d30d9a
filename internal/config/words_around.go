package config

// aroundGroups are the groups of settings of what is around the server.
var aroundGroups = map[string]group{
	"addons": {
		why:  "there are no add-on packages",
		keys: `install packages path ubuntu_distribution ubuntu_supported_codenames`,
	},
	"license": {
		why:  "nothing is licensed by the node",
		keys: `nodes upgrade_url`,
	},
	"ldap": {
		why: "users are known by the passwords kept here, not by LDAP",
		keys: `base_dn bind_dn bind_password enabled encryption encryption_type group_dn host login_attribute ssl_enabled
			system_adjective timeout tls_enabled`,
	},
	"data_collector": {
		why: "nothing is sent to a data collector",
		keys: `health_check http_cull_interval http_init_count http_max_age http_max_connection_duration http_max_count
			http_retry_on_conn_closed ibrowse_options proxy root_url timeout token`,
	},
	"profiles": {
		why:  "nothing is forwarded to a compliance service",
		keys: `root_url`,
	},
	"required_recipe": {
		why:  "no recipe is forced on clients",
		keys: `path`,
	},
	"estatsd": {
		why:  "metrics are served, not sent",
		keys: `protocol`,
	},
	"folsom_graphite": {
		why:  "metrics are served, not sent",
		keys: `enabled host prefix retry_interval send_interval`,
	},
	"dark_launch": {
		why: "there are no features to switch on",
		keys: `actions add_type_and_bag_to_items couchdb_checksums couchdb_clients couchdb_containers couchdb_cookbooks
			couchdb_data couchdb_environments couchdb_groups couchdb_roles erlang_user_endpoint new_theme
			node_run_history private-chef quick_start reporting sql_migration_phase_1 sql_users`,
	},
	"oc_chef_pedant": {
		why:  "the tests are configured by their flags",
		keys: `chef_server debug_org_creation log_http_requests`,
	},
	"user": {
		why:  "the unit runs as root without root's powers",
		keys: `home shell username`,
	},
	"opscode_pushy": {
		why: "push jobs are not part of the server",
	},
	"opscode_reporting": {
		why: "reporting is not part of the server",
		keys: `cache_ttl db_pool_init_count db_pool_max_count max_cache_size node_run_init_sender_count
			node_run_max_sender_count node_run_worker_count node_search_limit summary_client_min_version
			summary_only_percentage`,
	},
	"log_retention": {
		why: "logs are in the journal, which keeps them",
		any: true,
	},
	"log_rotation": {
		why: "logs are in the journal, which rotates them",
		any: true,
	},
	"logs": {
		why: "logs are in the journal, which rotates them",
		any: true,
	},
}
