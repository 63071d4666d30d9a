package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/chef"
	"tournant/internal/pgtest"
)

// behindProxy opens a store whose log and connections the test has in hand.
func behindProxy(t *testing.T, c *pgtest.Cluster, opts Options) (*Store, *Org, *pgtest.Proxy) {
	t.Helper()
	proxy, url := pgtest.Behind(t, c)
	s, org := openOrg(t, func(t *testing.T, opts Options) (*Store, error) { return OpenPostgres(t.Context(), url, opts) }, opts)
	return s, org, proxy
}

// journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.buf.String(), text)
}

// What meets the database's end waits for it, without an error, and the log
// tells of its going and of its coming back.
func TestKilledDatabaseIsWaitedFor(t *testing.T) {
	c := pgtest.Own(t)
	log := &journal{}
	s, org, _ := behindProxy(t, c, Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil && !t.Failed(); n++ {
				liveOnce(t, s, org, fmt.Sprintf("n%d-%d", i, n))
				if _, err := s.Names(t.Context(), org.ID, chef.TypeGroup, ""); err != nil {
					t.Errorf("list: %v", err)
				}
			}
		})
	}
	for range 2 {
		time.Sleep(200 * time.Millisecond)
		if err := errors.Join(c.Kill(), c.Restart()); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(200 * time.Millisecond)
	stop()
	wg.Wait()
	away, back := log.count("the database is away"), log.count("the database is back")
	if away != back || away == 0 {
		t.Errorf("away %d times, back %d times", away, back)
	}
	t.Logf("away %d times, %d writes run again", away, s.Holding().Rerun)
	if h := s.Holding(); h.Requests != 0 {
		t.Errorf("%d are held in the end", h.Requests)
	}
}

// A standby answers reads, and writes wait for it to become a primary.
func TestReadOnlyDatabaseIsWaitedFor(t *testing.T) {
	c := pgtest.Own(t)
	s, org, _ := behindProxy(t, c, Options{})
	if err := c.SetReadOnly(true); err != nil {
		t.Fatal(err)
	}
	await(t, "writes to be refused", func() bool {
		var on string
		return s.db.queryRow(t.Context(), "SHOW transaction_read_only", nil, &on) == nil && on == "on"
	})
	done := make(chan error, 1)
	go func() { done <- s.Create(t.Context(), node(org, "n", `{}`)) }()
	await(t, "the write to be held", func() bool { return s.Holding().Requests == 1 })
	if s.Ping(t.Context()) == nil {
		t.Error("all is said to be well meanwhile")
	}
	if err := c.SetReadOnly(false); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A database that says nothing, on connections that stay, is given up in
// seconds.
func TestSilentDatabaseIsWaitedFor(t *testing.T) {
	s, org, proxy := behindProxy(t, nil, Options{})
	proxy.Silence()
	done := make(chan error, 2)
	go func() { done <- s.Create(t.Context(), node(org, "n", `{}`)) }()
	go func() {
		_, err := s.OrgNames(t.Context())
		done <- err
	}()
	await(t, "both to be held", func() bool { return s.Holding().Requests == 2 })
	c, err := pgtest.Shared()
	if err != nil {
		t.Fatal(err)
	}
	proxy.Move(c)
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
}

// Nobody waits for ever, nor once enough others do.
func TestWaitingIsBounded(t *testing.T) {
	s, org, proxy := behindProxy(t, nil, Options{FailoverWait: 300 * time.Millisecond})
	proxy.Move(nil)
	wants := func(what string, err error) {
		t.Helper()
		if chef.CodeOf(err) != chef.Unavailable {
			t.Errorf("%s: %v, want chef.Unavailable", what, err)
		}
	}
	_, err := s.OrgNames(t.Context())
	wants("read", err)
	wants("write", s.Create(t.Context(), node(org, "n", `{}`)))
	_, err = s.ScanSearchable(t.Context(), org.ID, func(Searchable) error { return nil })
	wants("scan", err)
	wants("ping", s.Ping(t.Context()))

	s.outage.wait = time.Hour
	wants("large body", s.Create(WithBody(t.Context(), maxHeldBytes+1), node(org, "n", `{}`)))
	s.outage.held = maxHeld
	_, err = s.OrgNames(t.Context())
	wants("crowd", err)
	s.outage.held = 0
}

// Half of a scan has been handed out: whoever took it starts over.
func TestScanThatBreaksOffIsTold(t *testing.T) {
	s, org, proxy := behindProxy(t, nil, Options{})
	_, err := s.ScanSearchable(t.Context(), org.ID, func(Searchable) error {
		proxy.Move(nil)
		return nil
	})
	if !errors.Is(err, ErrBrokenOff) || chef.CodeOf(err) != chef.Unavailable {
		t.Errorf("%v, want ErrBrokenOff and chef.Unavailable", err)
	}
}

// Who left before its write was begun does not wait.
func TestWhoLeftIsLetGo(t *testing.T) {
	s, org, proxy := behindProxy(t, nil, Options{})
	proxy.Move(nil)
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Create(ctx, node(org, "n", `{}`)) }()
	await(t, "the write to be held", func() bool { return s.Holding().Requests == 1 })
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want its end", err)
	}
}

// A write that was begun is finished although its client left.
func TestBegunWriteIsFinished(t *testing.T) {
	s, org, proxy := behindProxy(t, nil, Options{})
	ctx, leave := context.WithCancel(t.Context())
	var once sync.Once
	proxy.CutCommits(func() int {
		cut := pgtest.Whole
		once.Do(func() {
			leave()
			cut = pgtest.Unsent
		})
		return cut
	})
	if err := s.Create(ctx, node(org, "n", `{}`)); err != nil {
		t.Error(err)
	}
	if _, err := s.Object(t.Context(), node(org, "n", "").Ref); err != nil {
		t.Error(err)
	}
}

// Opening waits as long, and says so.
func TestOpeningWaits(t *testing.T) {
	proxy, url := pgtest.Behind(t, nil)
	proxy.Move(nil)
	log := &journal{}
	opts := Options{FailoverWait: 300 * time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil))}
	if _, err := OpenPostgres(t.Context(), url, opts); err == nil || !strings.Contains(err.Error(), "waited 300ms for the database: open database") {
		t.Errorf("nobody there: %v", err)
	}
	if n := log.count("waiting for it"); n != 1 {
		t.Errorf("%d lines in the log, want one", n)
	}
	c, err := pgtest.Shared()
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { proxy.Move(c) })
	opts.FailoverWait = DefaultFailoverWait
	s, err := OpenPostgres(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A server that has much to do does not count as a database that is away.
func TestOnlyAbsenceIsWaitedFor(t *testing.T) {
	s, _, _ := behindProxy(t, nil, Options{FailoverWait: time.Second})
	runs := 0
	err := s.patiently(t.Context(), func() error {
		if runs++; runs == 3 {
			return nil
		}
		time.Sleep(s.outage.wait) // of which none is spent waiting
		return io.EOF
	})
	if err != nil || runs != 3 {
		t.Errorf("%v after %d runs, want the third to do", err, runs)
	}
}

// Whoever came first goes first.
func TestTurnsAreTakenInOrder(t *testing.T) {
	s, _, _ := behindProxy(t, nil, Options{})
	for range cap(s.outage.reading.taken) {
		s.outage.reading.taken <- struct{}{}
	}
	var order []int
	var wg sync.WaitGroup
	for i := range 20 {
		began := make(chan struct{})
		wg.Go(func() {
			close(began)
			if err := s.patiently(t.Context(), func() error { order = append(order, i); return nil }); err != nil {
				t.Error(err)
			}
		})
		<-began
		time.Sleep(5 * time.Millisecond) // until it waits
	}
	s.outage.reading.done() // one at a time
	wg.Wait()
	if !slices.IsSorted(order) {
		t.Errorf("order %v", order)
	}
	if n := s.Pools()[0].Waits; n < 20 {
		t.Errorf("%d waits were counted, want 20", n)
	}
}

// What a run found that could not be ended is no answer: another run might find
// something else.
func TestGivingUpDecidesNothing(t *testing.T) {
	s, _, proxy := behindProxy(t, nil, Options{FailoverWait: 300 * time.Millisecond})
	err := s.patiently(t.Context(), func() error {
		proxy.Move(nil)
		return errors.Join(ErrNotFound, io.EOF)
	})
	if chef.CodeOf(err) != chef.Unavailable || errors.Is(err, ErrNotFound) {
		t.Errorf("%v, want chef.Unavailable alone", err)
	}
}
