package bench

import (
	"context"
	"encoding/json"
	"fmt"

	"tournant/bench/fixture"
	"tournant/bench/wire"
)

// solvedCookbooks is how many cookbooks answer the run list of two roots.
const solvedCookbooks = 20

// planDepsolve sends every ordered pair of roots.
func planDepsolve(ctx context.Context, b *bench) (*plan, error) {
	var calls []*wire.Call
	for first := range fixture.Stacks {
		for second := range fixture.Stacks {
			if first != second {
				calls = append(calls, b.solve("depsolve", fixture.Root(first), fixture.Root(second)))
			}
		}
	}
	if err := b.checkSolution(ctx, calls[0]); err != nil {
		return nil, err
	}
	return b.anyOf("depsolve", calls...), nil
}

func (b *bench) solve(label, first, second string) *wire.Call {
	return b.post(label, "/environments/"+fixture.Environment+"/cookbook_versions",
		fmt.Sprintf(`{"run_list":[%q,%q]}`, first, second))
}

// checkSolution keeps a server that solves something else from being compared
// with those that solve this.
func (b *bench) checkSolution(ctx context.Context, call *wire.Call) error {
	status, answer, err := b.admin.root(ctx, call.Method, call.Path, call.API, call.Body(nil))
	if err := expect(call.Method+" "+call.Path, status, answer, err); err != nil {
		return err
	}
	var solution map[string]json.RawMessage
	if err := json.Unmarshal(answer, &solution); err != nil {
		return err
	}
	if len(solution) != solvedCookbooks {
		return fmt.Errorf("%s is answered with %d cookbooks, not %d", call.Body(nil), len(solution), solvedCookbooks)
	}
	return nil
}
