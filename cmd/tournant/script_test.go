package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
)

// line is a request of a script and the status of its answer. In its texts
// $name is the session's own name, $md5 the checksum of that as a file, $key1
// and $key2 are public keys, and what captures catches stands for itself.
type line struct {
	as           string // who signs: "" the superuser, "reader", "self", "self 2" with the second key; "nobody"
	method, path string // below the organization, or a URL
	body         string
	status       int
}

// script is what a client does, one request after the other. What it is
// answered does not depend on what others do.
type script struct {
	name  string
	share int // of the sessions
	lines []line
}

const (
	emptyACE  = `{"read":{"actors":["pivotal"],"groups":[]}}`
	readerACE = `{"read":{"actors":["pivotal","reader"],"groups":[]}}`
	groupACE  = `{"read":{"actors":["pivotal"],"groups":["$name"]}}`
)

// scripts are made so that about half of the requests change something.
var scripts = []script{
	{"node", 6, []line{
		{"", "POST", "/nodes", `{"name":"$name","normal":{"is":"first"}}`, 201},
		{"", "POST", "/nodes", `{"name":"$name","normal":{"is":"first"}}`, 409},
		{"", "GET", "/nodes/$name", "", 200},
		{"", "PUT", "/nodes/$name", `{"name":"$name","normal":{"is":"second"}}`, 200},
		{"", "GET", "/search/node?q=is:second+AND+name:$name", "", 200},
		{"", "GET", "/search/node?q=is:first+AND+name:$name", "", 200},
		{"", "PUT", "/nodes/$name", `{"name":"$name","normal":{"is":"third"}}`, 200},
		{"", "GET", "/nodes/$name", "", 200},
		{"", "POST", "/search/node?q=name:$name", `{"is":["is"]}`, 200},
		{"", "DELETE", "/nodes/$name", "", 200},
		{"", "DELETE", "/nodes/$name", "", 404},
		{"", "GET", "/nodes/$name", "", 404},
		{"", "GET", "/search/node?q=name:$name", "", 200},
	}},
	{"data bag", 2, []line{
		{"", "POST", "/data", `{"name":"$name"}`, 201},
		{"", "POST", "/data/$name", `{"id":"item","is":"first"}`, 201},
		{"", "GET", "/search/$name?q=is:first", "", 200},
		{"", "PUT", "/data/$name/item", `{"id":"item","is":"second"}`, 200},
		{"", "GET", "/data/$name/item", "", 200},
		{"", "DELETE", "/data/$name/item", "", 200},
		{"", "GET", "/data/$name", "", 200},
		{"", "DELETE", "/data/$name", "", 200},
		{"", "GET", "/data/$name", "", 404},
	}},
	{"ACL", 2, []line{
		{"", "POST", "/nodes", `{"name":"$name"}`, 201},
		{"", "PUT", "/nodes/$name/_acl/read", emptyACE, 200},
		{"reader", "GET", "/nodes/$name", "", 403},
		{"", "PUT", "/nodes/$name/_acl/read", readerACE, 200},
		{"reader", "GET", "/nodes/$name", "", 200},
		{"", "PUT", "/nodes/$name/_acl/read", emptyACE, 200},
		{"reader", "GET", "/nodes/$name", "", 403},
		{"", "DELETE", "/nodes/$name", "", 200},
	}},
	{"group", 2, []line{
		{"", "POST", "/groups", `{"groupname":"$name"}`, 201},
		{"", "POST", "/nodes", `{"name":"$name"}`, 201},
		{"", "PUT", "/nodes/$name/_acl/read", groupACE, 200},
		{"reader", "GET", "/nodes/$name", "", 403},
		{"", "PUT", "/groups/$name", `{"groupname":"$name","actors":{"clients":["reader"],"users":[],"groups":[]}}`, 200},
		{"reader", "GET", "/nodes/$name", "", 200},
		{"", "PUT", "/groups/$name", `{"groupname":"$name","actors":{"clients":[],"users":[],"groups":[]}}`, 200},
		{"reader", "GET", "/nodes/$name", "", 403},
		{"", "DELETE", "/nodes/$name", "", 200},
		{"", "DELETE", "/groups/$name", "", 200},
		{"", "GET", "/groups/$name", "", 404},
	}},
	{"keys", 2, []line{
		{"", "POST", "/clients", `{"name":"$name","public_key":"$key1"}`, 201},
		{"self", "GET", "/clients/$name", "", 200},
		{"self 2", "GET", "/clients/$name", "", 401},
		{"", "POST", "/clients/$name/keys", `{"name":"more","public_key":"$key2","expiration_date":"infinity"}`, 201},
		{"self 2", "GET", "/clients/$name", "", 200},
		{"", "DELETE", "/clients/$name/keys/more", "", 200},
		{"self 2", "GET", "/clients/$name", "", 401},
		{"", "DELETE", "/clients/$name", "", 200},
		{"self", "GET", "/clients/$name", "", 401},
	}},
	{"cookbook", 3, []line{
		{"", "POST", "/sandboxes", `{"checksums":{"$md5":null}}`, 201},
		{"nobody", "PUT", "$url", "$name", 204},
		{"", "PUT", "/sandboxes/$sandbox", `{"is_completed":true}`, 200},
		{"", "PUT", "/cookbooks/$name/1.0.0", cookbook("first"), 201},
		{"", "GET", "/cookbooks/$name/1.0.0", "", 200},
		{"nobody", "GET", "$url", "", 200},
		{"", "POST", "/environments/_default/cookbook_versions", `{"run_list":["$name"]}`, 200},
		{"", "PUT", "/cookbooks/$name/1.0.0", cookbook("second"), 200},
		{"", "GET", "/cookbooks/$name/1.0.0", "", 200},
		{"", "DELETE", "/cookbooks/$name/1.0.0", "", 200},
		{"", "GET", "/cookbooks/$name/1.0.0", "", 404},
		{"", "POST", "/environments/_default/cookbook_versions", `{"run_list":["$name"]}`, 412},
	}},
}

func cookbook(description string) string {
	return `{"name":"$name-1.0.0","cookbook_name":"$name","version":"1.0.0","json_class":"Chef::CookbookVersion",
		"chef_type":"cookbook_version","metadata":{"name":"$name","version":"1.0.0","description":"` + description + `"},
		"files":[{"name":"f","path":"files/f","checksum":"$md5","specificity":"default"}]}`
}

// captures are what answers say that only the server knows, for lines to come.
var captures = []struct {
	word    string
	pattern *regexp.Regexp
}{
	{"$sandbox", regexp.MustCompile(`"sandbox_id":"([0-9a-f]{32})"`)},
	{"$url", regexp.MustCompile(`"url":"(http[^"]+/bookshelf[^"]+)"`)},
	{"$time", regexp.MustCompile(`"create_time":"([^"]+)"`)},
}

// session is a client with a script.
type session struct {
	*script
	at    int // in its lines
	words map[string]string
}

func newSession(s *script, name, key1, key2 string) *session {
	sum := md5.Sum([]byte(name))
	return &session{script: s, words: map[string]string{
		"$name": name, "$md5": hex.EncodeToString(sum[:]), "$key1": inJSON(key1), "$key2": inJSON(key2),
	}}
}

func inJSON(text string) string {
	b, _ := json.Marshal(text) // a string cannot fail
	return string(b[1 : len(b)-1])
}

// expand puts the session's own into a line.
func (s *session) expand(text string) string {
	for word, value := range s.words {
		text = strings.ReplaceAll(text, word, value)
	}
	return text
}

// learn keeps what an answer says for later, and returns the answer without
// anything that differs between sessions or servers.
func (s *session) learn(answer, base string) string {
	for _, c := range captures {
		if found := c.pattern.FindStringSubmatch(answer); found != nil {
			s.words[c.word] = found[1]
		}
	}
	for _, word := range []string{"$url", "$sandbox", "$time", "$name", "$md5"} {
		if value := s.words[word]; value != "" {
			answer = strings.ReplaceAll(answer, value, word)
		}
	}
	return strings.ReplaceAll(answer, base, "$base")
}
