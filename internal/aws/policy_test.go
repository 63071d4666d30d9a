package aws_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/aws"
)

// The policies that operators copy allow what is called, and no more.
func TestDocumentedPoliciesAllowTheFiveActions(t *testing.T) {
	text, err := os.ReadFile("../../docs/ha-aws.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, a := range aws.Actions() {
		want = append(want, "ec2:"+string(a))
	}
	slices.Sort(want)
	found := 0
	for _, block := range strings.Split(string(text), "\n```json\n")[1:] {
		block, _, _ = strings.Cut(block, "\n```")
		var policy struct {
			Version   string
			Statement []struct {
				Effect   string
				Action   stringOrList
				Resource stringOrList
			}
		}
		if err := json.Unmarshal([]byte(block), &policy); err != nil {
			t.Fatalf("%v in %s", err, block)
		}
		var got []string
		for _, s := range policy.Statement {
			if s.Effect != "Allow" || len(s.Resource) == 0 {
				t.Errorf("a statement %+v", s)
			}
			got = append(got, s.Action...)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || policy.Version != "2012-10-17" {
			t.Errorf("version %s, actions (-want +got)\n%s", policy.Version, diff)
		}
		found++
	}
	if found != 2 {
		t.Errorf("the page has %d policies, want the simple one and the tighter one", found)
	}
}

// stringOrList is how IAM writes one thing or several.
type stringOrList []string

func (l *stringOrList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = stringOrList{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}
