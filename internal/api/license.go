package api

func (s *Server) licenseRoutes() {
	s.route("/license", resource{"GET": do(license)})
}

// upgradeURL is where Chef's server sends those who outgrow its license.
// Nothing here is limited; clients expect the field.
const upgradeURL = "https://www.chef.io/pricing"

func license(rq *request) (*response, error) {
	count, err := rq.Store.NodeCount(rq.Context())
	if err != nil {
		return nil, err
	}
	return ok(struct {
		Exceeded   bool   `json:"limit_exceeded"`
		Limit      int    `json:"node_license"`
		Count      int    `json:"node_count"`
		UpgradeURL string `json:"upgrade_url"`
	}{count > rq.NodeLicense, rq.NodeLicense, count, upgradeURL})
}
