// Package chef is what a Chef server knows: organizations, actors, nodes,
// roles, cookbooks and the rest, how each is validated, and the contracts of
// the services that keep them. It imports only the standard library; storage,
// HTTP and search depend on it and never the other way round.
package chef
