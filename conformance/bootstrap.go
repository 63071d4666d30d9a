package conformance

import (
	"fmt"
	"strings"
	"testing"
)

// testBootstrap: what an organization starts with. The checks run before
// anything but the suite's own members and client was added.
func testBootstrap(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"collections", bootstrapCollections},
		{"groups", bootstrapGroups},
		{"containers' ACLs", bootstrapContainerACLs},
		{"other ACLs", bootstrapOtherACLs},
		{"inherited ACLs", bootstrapInherited},
	})
}

var bootstrapContainers = strings.Fields(`clients containers cookbook_artifacts cookbooks data environments groups nodes
	policies policy_groups roles sandboxes`)

func bootstrapCollections(t *testing.T, o *org) {
	var links []string
	for _, c := range bootstrapContainers {
		links = append(links, fmt.Sprintf(`%q:"$org/containers/%s"`, c, c))
		o.admin.Get("/containers/"+c).Want(t, 200, fmt.Sprintf(`{"containername":%q,"containerpath":%q}`, c, c))
	}
	o.admin.Get("/containers").Want(t, 200, "{"+strings.Join(links, ",")+"}")
	for path, want := range map[string]string{
		"/nodes": `{}`, "/roles": `{}`, "/data": `{}`, "/cookbooks": `{}`, "/cookbook_artifacts": `{}`, "/policies": `{}`,
		"/policy_groups": `{}`, "/universe": `{}`,
		"/environments":         `{"_default":"$org/environments/_default"}`,
		"/clients":              `{"$client":"$org/clients/$client","$validator":"$org/clients/$validator"}`,
		"/search":               `{"client":"$org/search/client","environment":"$org/search/environment","node":"$org/search/node","role":"$org/search/role"}`,
		"/users":                `["<unordered>",{"user":{"username":"$admin"}},{"user":{"username":"$user"}}]`,
		"/association_requests": `[]`,
		"/cookbooks/_latest":    `{}`,
		"/cookbooks/_recipes":   `[]`,
	} {
		o.admin.Get(path).Want(t, 200, want)
	}
	o.admin.Get("/clients/$validator").Want(t, 200, `{"name":"$validator","clientname":"$validator","validator":true,"orgname":"$O",
		"json_class":"Chef::ApiClient","chef_type":"client","public_key":"<public>"}`)
	o.admin.Get("/environments/_default").Want(t, 200, defaultEnvironment)
}

func bootstrapGroups(t *testing.T, o *org) {
	o.admin.Get("/groups").Want(t, 200, `{"admins":"$org/groups/admins","billing-admins":"$org/groups/billing-admins",
		"clients":"$org/groups/clients","users":"$org/groups/users","public_key_read_access":"$org/groups/public_key_read_access","<more>":0}`)
	group := func(name, users, clients, groups string) string {
		actors := strings.Trim(clients+","+users, ",")
		return fmt.Sprintf(`{"actors":["<unordered>"%s],"users":["<unordered>"%s],"clients":["<unordered>"%s],"groups":["<unordered>"%s],
			"orgname":"$O","name":%q,"groupname":%q}`, more(actors), more(users), more(clients), more(groups), name, name)
	}
	o.admin.Get("/groups/admins").Want(t, 200, group("admins", `"$super","$admin"`, "", ""))
	o.super.Get("/groups/billing-admins").Want(t, 200, group("billing-admins", "", "", ""))
	o.admin.Get("/groups/clients").Want(t, 200, group("clients", "", `"$client","$validator"`, ""))
	o.admin.Get("/groups/public_key_read_access").Want(t, 200, group("public_key_read_access", "", "", `"clients","users"`))
	// Each member is in users by way of a group of their own.
	o.admin.Get("/groups/users").Want(t, 200, group("users", `"$super"`, "", `"<hex32>","<hex32>"`))
}

// more continues a JSON list.
func more(items string) string {
	if items == "" {
		return ""
	}
	return "," + items
}

// acl is an expected ACL: the groups of each permission, by their initials,
// beside one list of actors for all.
func acl(actors string, create, read, update, remove, grant string) string {
	ace := func(groups string) string {
		full := strings.NewReplacer("a", `,"admins"`, "u", `,"users"`, "c", `,"clients"`, "b", `,"billing-admins"`).Replace(groups)
		return fmt.Sprintf(`{"actors":["<unordered>"%s],"groups":["<unordered>"%s]}`, more(actors), full)
	}
	return fmt.Sprintf(`{"create":%s,"read":%s,"update":%s,"delete":%s,"grant":%s}`,
		ace(create), ace(read), ace(update), ace(remove), ace(grant))
}

func bootstrapContainerACLs(t *testing.T, o *org) {
	objects := [5]string{"au", "auc", "au", "au", "a"}
	groups := map[string][5]string{
		"clients":    {"a", "au", "a", "au", "a"},
		"containers": {"a", "au", "a", "a", "a"},
		"groups":     {"a", "au", "a", "a", "a"},
		"nodes":      {"auc", "auc", "au", "au", "a"},
		"sandboxes":  {"au", "a", "a", "a", "a"},
	}
	for _, c := range bootstrapContainers {
		want, ok := groups[c]
		if !ok {
			want = objects
		}
		o.admin.Get("/containers/"+c+"/_acl").Want(t, 200, acl(`"$super"`, want[0], want[1], want[2], want[3], want[4]))
	}
}

func bootstrapOtherACLs(t *testing.T, o *org) {
	for path, want := range map[string]string{
		"/groups/admins/_acl":                 acl(`"$super"`, "a", "a", "a", "a", "a"),
		"/groups/clients/_acl":                acl(`"$super"`, "a", "a", "a", "a", "a"),
		"/groups/users/_acl":                  acl(`"$super"`, "a", "a", "a", "a", "a"),
		"/groups/billing-admins/_acl":         acl(`"$super"`, "", "b", "b", "", ""),
		"/groups/public_key_read_access/_acl": acl(`"$super"`, "", "a", "a", "", ""),
		"/organizations/_acl":                 acl(`"$super"`, "a", "au", "a", "a", "a"),
		"/anything/_acl":                      acl(`"$super"`, "a", "au", "a", "a", "a"),
		"/environments/_default/_acl":         acl(`"$super"`, "au", "auc", "au", "au", "a"),
		"/clients/$validator/_acl":            acl(`"$super"`, "a", "au", "a", "au", "a"),
		"/clients/$client/_acl":               acl(`"$super","$client"`, "a", "au", "a", "au", "a"),
	} {
		o.super.Get(path).Want(t, 200, want)
	}
}

// bootstrapInherited: a new object has its container's ACL, and its creator in
// every permission. Containers inherit nothing.
func bootstrapInherited(t *testing.T, o *org) {
	both := `"$super","$admin"`
	objects := acl(both, "au", "auc", "au", "au", "a")
	for _, row := range []struct{ collection, body, path, want string }{
		{"/nodes", `{"name":"x1"}`, "/nodes/x1", acl(both, "auc", "auc", "au", "au", "a")},
		{"/roles", `{"name":"x1"}`, "/roles/x1", objects},
		{"/environments", `{"name":"x1"}`, "/environments/x1", objects},
		{"/data", `{"name":"x1"}`, "/data/x1", objects},
		{"/groups", `{"groupname":"x1"}`, "/groups/x1", acl(both, "a", "au", "a", "a", "a")},
		{"/clients", `{"name":"x1"}`, "/clients/x1", acl(both+`,"x1"`, "a", "au", "a", "au", "a")},
		{"/containers", `{"containername":"x1"}`, "/containers/x1", acl(`"$admin"`, "", "", "", "", "")},
	} {
		o.admin.Post(row.collection, row.body).Ok(t)
		o.admin.Get(row.path+"/_acl").Want(t, 200, row.want)
		o.admin.Delete(row.path).Ok(t)
	}
	for _, row := range []struct{ path, body, object string }{
		{"/cookbooks/x1/1.0.0", cookbookBody("x1", "1.0.0", ""), "/cookbooks/x1"},
		{"/cookbook_artifacts/x1/" + artifactID, artifactBody("x1", artifactID), "/cookbook_artifacts/x1"},
		{"/policy_groups/x1/policies/x1", policyBody("x1", "r1"), "/policy_groups/x1"},
	} {
		o.admin.Put(row.path, row.body).Ok(t)
		o.admin.Get(row.object+"/_acl").Want(t, 200, objects)
	}
	o.admin.Get("/policies/x1/_acl").Want(t, 200, objects)
	for _, path := range []string{"/cookbooks/x1/1.0.0", "/cookbook_artifacts/x1/" + artifactID, "/policy_groups/x1", "/policies/x1"} {
		o.admin.Delete(path).Ok(t)
	}
	o.client.Post("/nodes", `{"name":"x1"}`).Ok(t)
	o.admin.Get("/nodes/x1/_acl").Want(t, 200, acl(`"$super","$client"`, "auc", "auc", "au", "au", "a"))
	o.admin.Delete("/nodes/x1").Ok(t)
}
