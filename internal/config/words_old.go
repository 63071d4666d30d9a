package config

// oldGroups are the groups of settings of services of older releases, which old files still name.
var oldGroups = map[string]group{
	"couchdb": {
		why: "that service ended with Chef 11",
		keys: `batch_save_interval batch_save_size bind_address delayed_commits log_level max_attachment_chunk_size
			max_dbs_open max_document_size os_process_timeout reduce_limit`,
	},
	"opscode_account": {
		why: "that service ended with Chef 11",
		keys: `backlog enable_code_coverage environment proxy_user session_secret_key tcp_nodelay umask url
			validation_client_name worker_processes worker_timeout`,
	},
	"opscode_authz": {
		why: "that service ended with Chef 11",
		keys: `caching couchdb_max_conn custom_acls_always_for_modification custom_acls_cookbooks custom_acls_data
			custom_acls_depsolver custom_acls_roles superuser_id`,
	},
	"opscode_certificate": {
		why:  "that service ended with Chef 11",
		keys: `num_certificates_per_worker num_workers`,
	},
	"opscode_chef": {
		why: "that service ended with Chef 11",
		keys: `backlog checksum_path environment proxy_user sandbox_path tcp_nodelay umask upload_internal_port
			upload_internal_proto upload_internal_vip upload_port upload_proto upload_vip url validation_client_name
			web_ui_admin_default_password web_ui_admin_user_name web_ui_client_name worker_processes worker_timeout`,
	},
	"opscode_org_creator": {
		why:  "that service ended with Chef 11",
		keys: `create_splay_ms create_wait_ms max_workers ready_org_depth`,
	},
	"opscode_webui": {
		why: "that service ended with Chef 11",
		keys: `backlog cookie_domain cookie_secret environment session_key tcp_nodelay umask url validation_client_name
			worker_processes worker_timeout`,
	},
	"mysql": {
		why:  "that service ended with Chef 11",
		keys: `destructive_migrate install_libs mysql2_versions sql_password sql_user`,
	},
	"nagios": {
		why: "that service ended with Chef 11",
		keys: `admin_email admin_pager admin_password admin_user alert_email debug_level debug_verbosity default_host
			default_service fcgiwrap_log_directory fcgiwrap_log_rotation fcgiwrap_port fcgiwrap_svlogd_num
			fcgiwrap_svlogd_size hosts interval_length php_fpm_log_directory php_fpm_log_rotation php_fpm_port
			php_fpm_svlogd_num php_fpm_svlogd_size`,
	},
	"nrpe": {
		why:  "that service ended with Chef 11",
		keys: `allowed_hosts`,
	},
}
