package config

import "time"

// API is what bounds and shapes answers.
type API struct {
	ClockSkew   Duration `json:"auth_skew"`            // how far a request's timestamp may be off
	MaxBody     int64    `json:"max_request_size"`     // bytes of a JSON body
	FileURLTTL  Duration `json:"s3_url_ttl"`           // how long a URL of a file is good for
	ReadyKeys   int      `json:"keygen_cache_size"`    // keys made ahead for new actors
	NodeLicense int      `json:"license_nodes"`        // what /license tells
	EmailByUI   bool     `json:"email_update_only_ui"` // see allow_email_update_only_from_manage

	// StatsPassword lets other hosts read the metrics; empty lets none.
	StatsPassword Secret `json:"stats_password,omitempty"`
}

// The defaults are those of `tournant serve` without a file.
const (
	defaultClockSkew   = 900 // seconds
	defaultMaxBody     = 2_000_000
	defaultFileURLTTL  = 900 // seconds
	defaultReadyKeys   = 10
	defaultNodeLicense = 25
)

func (r *reader) api() API {
	const erchef, day = "opscode_erchef", 24 * 60 * 60
	return API{
		ClockSkew:     seconds(r.whole(erchef, "auth_skew", defaultClockSkew, 1, day)),
		MaxBody:       r.whole(erchef, "max_request_size", defaultMaxBody, 1, 1<<30),
		FileURLTTL:    seconds(r.whole(erchef, "s3_url_ttl", defaultFileURLTTL, 1, 7*day)),
		ReadyKeys:     int(r.whole(erchef, "keygen_cache_size", defaultReadyKeys, 0, 1000)),
		NodeLicense:   int(r.whole("license", "nodes", defaultNodeLicense, 0, 1<<31-1)),
		StatsPassword: r.secret(erchef, "stats_password"),
		EmailByUI:     r.flag(erchef, "allow_email_update_only_from_manage", false),
	}
}

func seconds(n int64) Duration { return Duration(time.Duration(n) * time.Second) }
