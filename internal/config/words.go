package config

import (
	"maps"
	"slices"
	"strings"

	"tournant/internal/config/rb"
)

// group is a group of settings: name['key'] = value.
type group struct {
	keys string // known, beside commonKeys
	any  bool   // all keys are known
	why  string // why those have no meaning here that nothing reads
}

// commonKeys are known in every group: each service of the original has them.
const commonKeys = "dir data_dir enable ha listen log_directory log_rotation port vip svlogd_num svlogd_size"

// scalars are the settings that are one word, and why those have no meaning
// here that nothing reads.
var scalars = map[string]string{
	"topology": "", "ip_version": "", "api_fqdn": "", "use_chef_backend": "",
	"notification_email":       "mail is sent by keepalived alone, with topology \"ha\"",
	"from_email":               "no mail is sent",
	"role":                     "the server entry of this host says what it is",
	"default_orgname":          "every URL names its organization, as since Chef 12",
	"fips":                     "Go's own cryptography is used",
	"fips_enabled":             "Go's own cryptography is used",
	"insecure_addon_compat":    "secrets are written to no other file",
	"install_path":             "the server is one binary",
	"flavor":                   "there is one flavor",
	"api_version":              "the API's versions are those that the server knows",
	"chef_backend_members":     "there is no chef-backend",
	"disabled_plugins":         "there are no plugins",
	"enabled_plugins":          "there are no plugins",
	"deprecated_solr_indexing": "search is part of the server",
	"service_dir_perms":        "directories are made as docs/configuration.md says",
	"sysvinit_id":              "services are systemd units",
}

// reasons are why single settings have no meaning here, where the reason of
// their group says too little.
var reasons = map[string]string{
	"*.log_directory": "logs are in the journal",
	"*.log_rotation":  "logs are in the journal, which rotates them",
	"*.svlogd_num":    "logs are in the journal, which rotates them",
	"*.svlogd_size":   "logs are in the journal, which rotates them",

	"keepalived.vrrp_instance_nopreempt":     "the owner of the volume always preempts, so that VRRP follows it",
	"keepalived.vrrp_instance_preempt_delay": "the owner of the volume always preempts, so that VRRP follows it",
	"keepalived.vrrp_sync_group":             "there is one instance, so there is nothing to keep together",

	"opscode_erchef.db_pool_max":               "it is read with PostgreSQL alone",
	"opscode_erchef.db_pool_size":              "it is read with PostgreSQL alone",
	"nginx.client_max_body_size":               "opscode_erchef['max_request_size'] bounds bodies",
	"nginx.ssl_protocols":                      "TLS 1.2 and 1.3 are spoken",
	"nginx.ssl_ciphers":                        "the ciphers are those that Go holds to be safe",
	"nginx.url":                                "opscode_erchef['base_resource_url'] sets the URLs in answers",
	"nginx.x_forwarded_proto":                  "opscode_erchef['base_resource_url'] sets the URLs in answers",
	"nginx.strict_host_header":                 "any Host is answered",
	"opscode_erchef.strict_search_result_acls": "search results are never filtered by the ACL of each object",
	"opscode_erchef.s3_bucket":                 "cookbook files are kept in the database in this release, not in S3",
	"opscode_erchef.s3_url_type":               "cookbook files are kept in the database in this release, not in S3",
	"bookshelf.vip":                            "cookbook files are kept in the database in this release, not in S3",
	"bookshelf.external_url":                   "cookbook files are kept in the database in this release, not in S3",
	"bookshelf.access_key_id":                  "cookbook files are kept in the database in this release, not in S3",
	"bookshelf.secret_access_key":              "cookbook files are kept in the database in this release, not in S3",
	"opscode_erchef.depsolver_timeout":         "the solver works within the server and is bounded there",
	"opscode_erchef.depsolver_worker_count":    "the solver works within the server and is bounded there",
}

// groups are all groups of settings.
func groups() map[string]group {
	all := map[string]group{}
	for _, some := range []map[string]group{frontGroups, stateGroups, searchGroups, clusterGroups, aroundGroups, oldGroups} {
		maps.Copy(all, some)
	}
	return all
}

// knows tells whether the original has the key.
func (g group) knows(key string) bool { return g.any || slices.Contains(g.names(), key) }

func (g group) names() []string { return append(strings.Fields(g.keys), strings.Fields(commonKeys)...) }

// words are all words of the file by kind.
func words() map[string]rb.WordKind {
	all := map[string]rb.WordKind{"server": rb.CallWord, "backend_vip": rb.CallWord}
	for name := range scalars {
		all[name] = rb.SettingWord
	}
	for name := range groups() {
		all[name] = rb.NamespaceWord
	}
	return all
}
