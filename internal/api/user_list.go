package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"tournant/internal/authz"
	"tournant/internal/store"
)

// listUsers answers with names and URLs or, with ?verbose=true, with what
// people look users up by.
func listUsers(rq *request) (*response, error) {
	if _, err := rq.container("users", authz.Read); err != nil {
		return nil, err
	}
	query := rq.URL.Query()
	if query.Get("verbose") == "true" {
		return summarizeUsers(rq)
	}
	names, err := rq.Store.UserNames(rq.Context(), store.UserFilter{
		Email: strings.ToLower(query.Get("email")), ExternalUID: query.Get("external_authentication_uid"),
	})
	if err != nil {
		return nil, err
	}
	return nameMap(names, rq.globalURL("users"))
}

// userSummary is a user in the long form of the list.
type userSummary struct {
	Email       string `json:"email"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	DisplayName string `json:"display_name"`
}

func summarizeUsers(rq *request) (*response, error) {
	users, err := rq.Store.UserSummaries(rq.Context())
	if err != nil {
		return nil, err
	}
	out := make(map[string]userSummary, len(users))
	for _, u := range users {
		var summary userSummary
		if err := json.Unmarshal(u.Profile, &summary); err != nil {
			return nil, fmt.Errorf("profile of %s: %w", u.Name, err)
		}
		summary.Email = u.Email
		out[u.Name] = summary
	}
	return ok(out)
}
