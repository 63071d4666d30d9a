package api

import "tournant/internal/chef"

func (s *Server) universeRoutes() {
	s.orgRoute("/universe", resource{"GET": do(universe)})
}

// universe answers with every cookbook version and what it depends on, for
// Berkshelf's own solver.
func universe(rq *request) (*response, error) {
	all, err := rq.readableCookbooks()
	if err != nil {
		return nil, err
	}
	list := newCookbookList(rq)
	for _, c := range all.Cookbooks {
		b := append(list.key(c.Name), '{')
		for i, v := range c.Versions {
			if i > 0 {
				b = append(b, ',')
			}
			number := v.Number.String()
			b = append(append(append(b, '"'), number...), `":{"location_path":"`...)
			b = list.appendURL(b, c.Name, number)
			b = append(b, `","location_type":"chef_server","dependencies":{`...)
			for j, d := range v.Dependencies {
				if j > 0 {
					b = append(b, ',')
				}
				b = append(chef.AppendQuoted(b, d.Name), ':')
				b = chef.AppendQuoted(b, d.Constraint.String())
			}
			b = append(b, `}}`...)
		}
		list.body = append(b, '}')
	}
	return list.response()
}
