package fakeec2

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An imdsToken is good for the instance that asked for it.
type imdsToken struct {
	instance string
	expires  time.Time
}

// maxTokenTTL is six hours, in seconds.
const maxTokenTTL = 21600

// Metadata is the instance metadata service, version 2 only. Who asks is told
// by the source address.
func (s *Server) Metadata() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", s.putToken)
	mux.HandleFunc("GET /latest/", s.getMetadata)
	return mux
}

func (s *Server) putToken(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.instanceAt(r.RemoteAddr)
	ttl, err := strconv.Atoi(r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
	switch {
	case in == nil:
		http.Error(w, "404 - Not Found", http.StatusNotFound)
	case r.Header.Get("X-Forwarded-For") != "":
		http.Error(w, "403 - Forbidden", http.StatusForbidden)
	case err != nil || ttl < 1 || ttl > maxTokenTTL:
		http.Error(w, "400 - Bad Request", http.StatusBadRequest)
	default:
		token := s.randomText(42)
		s.tokens[token] = imdsToken{in.ID, s.clock.Now().Add(time.Duration(ttl) * time.Second)}
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", strconv.Itoa(ttl))
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte(token))
	}
}

func (s *Server) getMetadata(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.instanceAt(r.RemoteAddr)
	if in == nil {
		http.Error(w, "404 - Not Found", http.StatusNotFound)
		return
	}
	token, ok := s.tokens[r.Header.Get("X-Aws-Ec2-Metadata-Token")]
	if !ok || token.instance != in.ID || s.clock.Now().After(token.expires) {
		http.Error(w, "401 - Unauthorized", http.StatusUnauthorized)
		return
	}
	text, ok := s.metadata(in)[strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/latest/"), "/")]
	if !ok {
		http.Error(w, "404 - Not Found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
	_, _ = w.Write([]byte(text))
}

// metadata is every path below /latest/ that an instance can read. A directory
// lists its entries, those that are directories with a slash.
func (s *Server) metadata(in *Instance) map[string]string {
	n := in.Interface
	addresses := []string{n.Primary.String()}
	for _, a := range n.Routed {
		addresses = append(addresses, a.String())
	}
	nic := "meta-data/network/interfaces/macs/" + n.MAC + "/"
	leaves := map[string]string{
		"meta-data/instance-id":                 in.ID,
		"meta-data/local-ipv4":                  n.Primary.String(),
		"meta-data/local-hostname":              s.privateName(*in),
		"meta-data/mac":                         n.MAC,
		"meta-data/placement/availability-zone": in.Zone,
		"meta-data/placement/region":            s.config.Region,
		nic + "device-number":                   "0",
		nic + "interface-id":                    n.ID,
		nic + "local-ipv4s":                     strings.Join(addresses, "\n"),
		nic + "mac":                             n.MAC,
		nic + "owner-id":                        account,
		nic + "subnet-id":                       s.config.Subnet.ID,
		nic + "subnet-ipv4-cidr-block":          s.config.Subnet.Prefix.Masked().String(),
		nic + "vpc-id":                          s.config.Subnet.VPC,
		"dynamic/instance-identity/document":    s.identity(in),
	}
	if in.Role != "" {
		leaves["meta-data/iam/security-credentials/"+in.Role] = s.roleDocument(in)
	}
	return withDirectories(leaves)
}

func withDirectories(leaves map[string]string) map[string]string {
	entries := map[string][]string{}
	for path := range leaves {
		entry := ""
		for path != "" {
			parent, name, found := cutLast(path)
			if !found {
				break
			}
			if name += entry; !slices.Contains(entries[parent], name) {
				entries[parent] = append(entries[parent], name)
			}
			path, entry = parent, "/"
		}
	}
	for dir, names := range entries {
		slices.Sort(names)
		leaves[dir] = strings.Join(names, "\n")
	}
	return leaves
}

func cutLast(path string) (parent, name string, found bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

func (s *Server) identity(in *Instance) string {
	return mustJSON(struct {
		AccountID        string `json:"accountId"`
		AvailabilityZone string `json:"availabilityZone"`
		InstanceID       string `json:"instanceId"`
		PrivateIP        string `json:"privateIp"`
		Region           string `json:"region"`
	}{account, in.Zone, in.ID, in.Interface.Primary.String(), s.config.Region})
}

func (s *Server) roleDocument(in *Instance) string {
	c := s.roleCredential(in)
	const layout = "2006-01-02T15:04:05Z"
	return mustJSON(struct {
		Code, LastUpdated, Type            string
		AccessKeyID                        string `json:"AccessKeyId"`
		SecretAccessKey, Token, Expiration string
	}{"Success", c.issued.UTC().Format(layout), "AWS-HMAC", c.id, c.secret, c.token, c.expires.UTC().Format(layout)})
}

// mustJSON is for structs of strings, which always can be written.
func mustJSON(v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(text)
}
