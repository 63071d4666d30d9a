package chef

// DefaultEnvironment is the environment that every organization has.
const DefaultEnvironment = "_default"

// Node is a machine as chef-client saved it.
type Node struct {
	Name        string
	Environment string
	PolicyName  string
	PolicyGroup string

	// Document is the whole node, completed, as it is stored and served.
	Document []byte
}

var nodeKeys = []string{
	"name", "chef_environment", "json_class", "chef_type", "normal", "default",
	"override", "automatic", "run_list", "policy_name", "policy_group",
}

// ParseNode validates and completes a node. name is that of the URL on an
// update and empty on a creation.
func ParseNode(body []byte, name string) (*Node, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	if err := checkKeys(f, nodeKeys); err != nil {
		return nil, err
	}
	n := &Node{}
	if n.Name, err = checkNamed(f, "name", name, "Node"); err != nil {
		return nil, err
	}
	if n.Environment, err = checkName(f, "chef_environment", DefaultEnvironment, ValidName); err != nil {
		return nil, err
	}
	if err := n.complete(f); err != nil {
		return nil, err
	}
	n.Document = f.Bytes()
	return n, nil
}

func (n *Node) complete(f *Fields) (err error) {
	if err := checkLiteral(f, "json_class", "Chef::Node"); err != nil {
		return err
	}
	if err := checkLiteral(f, "chef_type", "node"); err != nil {
		return err
	}
	if err := checkHashes(f, "normal", "default", "override", "automatic"); err != nil {
		return err
	}
	if err := checkRunList(f, "run_list"); err != nil {
		return err
	}
	if n.PolicyName, err = optionalName(f, "policy_name", ValidPolicyName); err != nil {
		return err
	}
	if n.PolicyGroup, err = optionalName(f, "policy_group", ValidPolicyName); err != nil {
		return err
	}
	f.Default("json_class", `"Chef::Node"`)
	f.Default("chef_type", `"node"`)
	for _, level := range []string{"normal", "default", "override", "automatic"} {
		f.Default(level, "{}")
	}
	return nil
}
