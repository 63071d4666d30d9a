package config

// searchGroups are the groups of settings of search and its queue.
var searchGroups = map[string]group{
	"opscode_solr4": {
		why: "search is part of the server",
		keys: `auto_soft_commit commit_interval elasticsearch_replica_count elasticsearch_shard_count enable_full_admin_api
			external external_url heap_size ip_address java_opts log_gc max_commit_docs max_field_length max_merge_docs
			merge_factor new_size poll_seconds ram_buffer_size temp_directory url`,
	},
	"opscode_solr": {
		why: "search is part of the server",
		keys: `commit_interval heap_size ip_address java_opts max_commit_docs max_field_length max_merge_docs merge_factor
			new_size poll_seconds ram_buffer_size url`,
	},
	"opscode_expander": {
		why:  "search is part of the server",
		keys: `consumer_id max_retries nodes reindexer_log_directory reindexer_svlogd_num reindexer_svlogd_size retry_wait`,
	},
	"elasticsearch": {
		why: "search is part of the server",
		keys: `enable_gc_log es_version external external_url first_internal_install heap_size initial_cluster_join_timeout
			jvm_opts new_size plugins_directory replica_count scripts_directory shard_count temp_directory`,
	},
	"opensearch": {
		why: "search is part of the server",
		keys: `enable_gc_log external external_url heap_size initial_cluster_join_timeout jvm_opts new_size
			plugins_directory scripts_directory temp_directory`,
	},
	"jetty": {
		why: "search is part of the server",
	},
	"rabbitmq": {
		why: "there is no message queue",
		keys: `actions_exchange actions_password actions_user actions_vhost analytics_max_length consumer_id
			drop_on_full_capacity env_path jobs_password jobs_user jobs_vhost management_enabled management_password
			management_port management_user node_ip_address node_port nodename password
			prevent_erchef_startup_on_full_capacity queue_at_capacity_affects_overall_status
			queue_length_monitor_enabled queue_length_monitor_millis queue_length_monitor_queue
			queue_length_monitor_timeout_millis queue_length_monitor_vhost rabbit_mgmt_http_cull_interval
			rabbit_mgmt_http_init_count rabbit_mgmt_http_max_age rabbit_mgmt_http_max_connection_duration
			rabbit_mgmt_http_max_count rabbit_mgmt_ibrowse_options rabbit_mgmt_timeout reindexer_vhost reports_password
			reports_user reports_vhost ssl_versions startup_timeout user vhost`,
	},
	"external_rabbitmq": {
		why:  "there is no message queue",
		keys: `actions_exchange actions_password actions_user actions_vhost node_port`,
	},
}
