package chef

// ObjectType names a kind of object as search, the change log and the
// database do.
type ObjectType string

// The types of objects. Clients are actors, but search knows them too.
const (
	TypeNode             ObjectType = "node"
	TypeRole             ObjectType = "role"
	TypeEnvironment      ObjectType = "environment"
	TypeDataBag          ObjectType = "data_bag"
	TypeDataBagItem      ObjectType = "data_bag_item"
	TypeClient           ObjectType = "client"
	TypeUser             ObjectType = "user"
	TypeGroup            ObjectType = "group"
	TypeContainer        ObjectType = "container"
	TypeCookbook         ObjectType = "cookbook"
	TypeCookbookArtifact ObjectType = "cookbook_artifact"
	TypePolicy           ObjectType = "policy"
	TypePolicyGroup      ObjectType = "policy_group"
	TypeOrganization     ObjectType = "organization"
)

// Searchable reports whether search indexes objects of this type.
func (t ObjectType) Searchable() bool {
	switch t {
	case TypeNode, TypeRole, TypeEnvironment, TypeDataBagItem, TypeClient:
		return true
	}
	return false
}
