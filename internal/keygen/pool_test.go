package keygen

import (
	"crypto/rsa"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func TestPoolHandsEachKeyOutOnce(t *testing.T) {
	made := make(chan *rsa.PrivateKey, 64)
	pool := New(4, func() (*rsa.PrivateKey, error) {
		key := &rsa.PrivateKey{}
		made <- key
		return key, nil
	})
	defer pool.Close()
	var mu sync.Mutex
	seen := map[*rsa.PrivateKey]bool{}
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			key, err := pool.Key()
			mu.Lock()
			defer mu.Unlock()
			if err != nil || seen[key] {
				t.Errorf("key %p: seen before %v, error %v", key, seen[key], err)
			}
			seen[key] = true
		})
	}
	callers.Wait()
}

func TestPoolIsFilledAhead(t *testing.T) {
	made := make(chan struct{}, 16)
	pool := New(2, func() (*rsa.PrivateKey, error) {
		made <- struct{}{}
		return &rsa.PrivateKey{}, nil
	})
	for range 3 { // two lie ready, the worker holds the third
		<-made
	}
	pool.Close()
	if s := pool.Stats(); s != (Stats{Ready: 2, Size: 2}) {
		t.Errorf("stats %+v after Close", s)
	}
}

func TestPoolMakesWhatIsNotReady(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	pool := New(1, func() (*rsa.PrivateKey, error) {
		if calls.Add(1) == 1 { // the worker's first, which hangs
			close(started)
			<-release
		}
		return &rsa.PrivateKey{}, nil
	})
	<-started
	if _, err := pool.Key(); err != nil {
		t.Fatal(err)
	}
	close(release)
	pool.Close()
}

func TestPoolReportsErrors(t *testing.T) {
	broken := errors.New("no entropy")
	pool := New(1, func() (*rsa.PrivateKey, error) { return nil, broken })
	defer pool.Close()
	if _, err := pool.Key(); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}
