package authz

// The groups that an organization is born with.
const (
	Admins              = "admins"
	BillingAdmins       = "billing-admins"
	Clients             = "clients"
	Users               = "users"
	PublicKeyReadAccess = "public_key_read_access"
)

// ServerAdmins is the global group whose members manage users.
const ServerAdmins = "server-admins"

// ReadAccessGroup is the global group through which an organization's members
// read each other's user records.
func ReadAccessGroup(org string) string { return org + "_read_access_group" }

// OrganizationGroups returns the names of the groups of a new organization.
func OrganizationGroups() []string {
	return []string{Admins, BillingAdmins, Clients, Users, PublicKeyReadAccess}
}

// Grants names, for each permission, the groups that hold it.
type Grants [permCount][]string

// ACL turns the names into an ACL with creator in every ACE.
func (g Grants) ACL(creator int64, groupID func(name string) int64) ACL {
	var acl ACL
	for i, names := range g {
		acl[i].Actors = []int64{creator}
		for _, name := range names {
			acl[i].Groups = append(acl[i].Groups, groupID(name))
		}
	}
	return acl
}

var (
	admins             = []string{Admins}
	adminsUsers        = []string{Admins, Users}
	adminsUsersClients = []string{Admins, Users, Clients}

	managed = Grants{admins, adminsUsers, admins, admins, admins}
	content = Grants{adminsUsers, adminsUsersClients, adminsUsers, adminsUsers, admins}
	adminly = Grants{admins, admins, admins, admins, admins}
)

// OrganizationGrants is the ACL of the organization object itself.
func OrganizationGrants() Grants { return managed }

// ContainerGrants returns the ACLs of a new organization's containers, as
// Chef Infra Server writes them (chef-api/authz.md section 2).
func ContainerGrants() map[string]Grants {
	return map[string]Grants{
		"clients":            {admins, adminsUsers, admins, adminsUsers, admins},
		"containers":         managed,
		"groups":             managed,
		"cookbooks":          content,
		"data":               content,
		"environments":       content,
		"roles":              content,
		"policies":           content,
		"policy_groups":      content,
		"cookbook_artifacts": content,
		"nodes":              {adminsUsersClients, adminsUsersClients, adminsUsers, adminsUsers, admins},
		"sandboxes":          {adminsUsers, admins, admins, admins, admins},
	}
}

// GroupGrants returns the ACLs of a new organization's groups.
func GroupGrants() map[string]Grants {
	billing := []string{BillingAdmins}
	return map[string]Grants{
		Admins:              adminly,
		Clients:             adminly,
		Users:               adminly,
		BillingAdmins:       {nil, billing, billing, nil, nil},
		PublicKeyReadAccess: {nil, admins, admins, nil, nil},
	}
}
