package failover

import (
	"context"

	"tournant/lab/load"
)

// SendHalf sends half of what makes a node, and returns what sends the rest.
func SendHalf(ctx context.Context, o load.Options, node string) (finish func() error, err error) {
	t := &trial{load: o}
	h, err := t.sendHalf(ctx, o.Routes[0], node)
	if err != nil {
		return nil, err
	}
	return func() error { return h.finish(ctx) }, nil
}
