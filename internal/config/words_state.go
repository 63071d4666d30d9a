package config

// stateGroups are the groups of settings of what keeps and serves objects.
var stateGroups = map[string]group{
	"postgresql": {
		why: "PostgreSQL is tuned in its own configuration, and a standalone server has none unless postgresql['external'] is true",
		keys: `archive_command archive_mode archive_timeout checkpoint_completion_target checkpoint_flush_after
			checkpoint_segments checkpoint_timeout checkpoint_warning db_connection_superuser db_superuser
			db_superuser_password effective_cache_size external home keepalives_count keepalives_idle
			keepalives_interval listen_address log_min_duration_statement max_connections max_wal_size
			md5_auth_cidr_addresses min_wal_size pg_upgrade_timeout shared_buffers shell shmall shmmax sql_password
			sql_ro_password sql_ro_user sql_user sslmode sslrootcert trust_auth_cidr_addresses user_path username version wal_level
			work_mem`,
	},
	"bookshelf": {
		why: "cookbook files are kept in the database",
		keys: `abandoned_upload_cleanup_interval access_key_id db_pool_init db_pool_max db_pool_queue_max db_pool_size
			db_pooler_timeout deleted_data_cleanup_interval enable_request_logging external_url secret_access_key
			sql_connection_user sql_db_timeout sql_password sql_retry_count sql_retry_delay sql_ro_password sql_ro_user
			sql_user storage_type stream_download vip_port`,
	},
	"opscode_erchef": {
		why: "the API has no such part",
		keys: `allow_email_update_only_from_manage auth_skew authz_fanout authz_pooler_timeout authz_timeout
			base_resource_url bulk_fetch_batch_size cache_ttl cbv_cache_enabled cbv_cache_item_ttl cleanup_batch_size
			couchdb_max_conn db_pool_init db_pool_max db_pool_queue_max db_pool_size db_pooler_timeout
			depsolver_pool_queue_max depsolver_pooler_timeout depsolver_timeout depsolver_worker_count enable_actionlog
			enable_actions enable_ibrowse_traces enable_request_logging eredis_client_pool_size health_ping_timeout
			ibrowse_max_pipeline_size ibrowse_max_sessions include_version_in_status include_x_ops_api_info
			keygen_cache_size keygen_cache_workers keygen_key_size keygen_start_size keygen_timeout max_cache_size
			max_request_size memory_maxbytes nginx_bookshelf_caching opensearch_user redis_db reindex_batch_size
			reindex_item_retries reindex_sleep_max_ms reindex_sleep_min_ms root_metric_key s3_bucket s3_ibrowse_options
			s3_parallel_ops_fanout s3_parallel_ops_timeout s3_ssl_options s3_url_expiry_window_size s3_url_ttl
			s3_url_type search_auth_enabled search_auth_password search_auth_username search_batch_max_size
			search_batch_max_wait search_cache_entry_ttl search_provider search_queue_mode solr_http_cull_interval
			solr_http_init_count solr_http_max_age solr_http_max_connection_duration solr_http_max_count
			solr_ibrowse_options solr_retry_on_conn_closed solr_timeout sql_connection_user sql_db_timeout sql_password
			sql_ro_password sql_ro_user sql_user ssl_session_caching stats_auth_enable stats_password_file stats_user
			strict_search_result_acls track_total_hits udp_socket_pool_size umask validation_client_name`,
	},
	"oc_bifrost": {
		why: "authorization is part of the API",
		keys: `custom_acls_always_for_modification custom_acls_cookbooks custom_acls_data custom_acls_depsolver
			custom_acls_roles db_pool_init db_pool_max db_pool_queue_max db_pool_size db_pooler_timeout
			enable_request_logging extended_perf_log sql_connection_user sql_db_timeout sql_password sql_ro_password
			sql_ro_user sql_user superuser_id udp_socket_pool_size`,
	},
	"bifrost": {
		why: "authorization is part of the API",
		keys: `custom_acls_always_for_modification custom_acls_cookbooks custom_acls_data custom_acls_depsolver
			custom_acls_roles db_pool_size sql_password sql_ro_password sql_ro_user sql_user superuser_id`,
	},
	"oc_chef_authz": {
		why: "authorization is part of the API",
		keys: `http_cull_interval http_init_count http_max_age http_max_connection_duration http_max_count http_queue_max
			http_retry_on_conn_closed ibrowse_options max_connection_request_limit`,
	},
	"oc_id": {
		why: "there is no oc_id",
		keys: `administrators applications db_pool_size email_from_address enable_onetrust num_to_keep onetrust_id origin
			sentry_dsn sign_up_url sql_connection_user sql_database sql_password sql_ro_password sql_ro_user sql_user`,
	},
	"opscode_chef_mover": {
		why: "the database migrates itself",
		keys: `bulk_fetch_batch_size cache_ttl db_pool_size ibrowse_max_pipeline_size ibrowse_max_sessions max_cache_size
			solr_http_cull_interval solr_http_init_count solr_http_max_age solr_http_max_connection_duration
			solr_http_max_count solr_ibrowse_options solr_timeout sql_db_timeout udp_socket_pool_size`,
	},
	"upgrades": {
		why: "the database migrates itself",
	},
	"backup": {
		why:  "chef-server-ctl backup copies everything into one file while the server runs",
		keys: `always_dump_db export_dir strategy`,
	},
}
