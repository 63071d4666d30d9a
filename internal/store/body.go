package store

import "context"

type body struct{}

// WithBody returns a context for what is asked by a request whose body of so
// many bytes stays in memory: what is held is bounded.
func WithBody(ctx context.Context, size int) context.Context {
	return context.WithValue(ctx, body{}, int64(size))
}

func bodySize(ctx context.Context) int64 {
	size, _ := ctx.Value(body{}).(int64)
	return size
}
