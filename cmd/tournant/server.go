package main

import (
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"tournant/internal/api"
	"tournant/internal/backup"
	"tournant/internal/blob"
	"tournant/internal/datadir"
	"tournant/internal/fdstore"
	"tournant/internal/feed"
	"tournant/internal/keygen"
	"tournant/internal/search"
	"tournant/internal/signing"
	"tournant/internal/store"
)

// server is a whole Chef server: what `tournant serve` runs and the end-to-end
// tests drive.
type server struct {
	log      *slog.Logger
	lock     *datadir.Lock
	store    *store.Store
	index    *search.Index
	upkeep   *maintenance
	files    *blob.Database
	keys     *keygen.Pool
	http     *http.Server
	listener net.Listener
	cert     *certificate   // nil without TLS
	plain    *plainPort     // nil without a port that has none
	serving  sync.WaitGroup // what accepts connections
	leaving  leaving
}

// openServer opens the data directory, founding it if it is new, and listens.
func openServer(ctx context.Context, o serveOptions, log *slog.Logger) (_ *server, err error) {
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	s := &server{log: log, leaving: leaving{within: o.leaveWithin}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.lock, err = datadir.TakeLock(o.data); err != nil {
		return nil, err
	}
	handler, err := s.open(ctx, o)
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler:           s.leaving.before(o.witness.before(handler)),
		ConnState:         s.leaving.count,
		ReadHeaderTimeout: 30 * time.Second,
		// Bodies are waited for even behind an answer that needed none. Who
		// takes longer bodies and answers sets deadlines of its own.
		ReadTimeout:  time.Minute,
		WriteTimeout: 10 * time.Minute,
		// Longer than a load balancer's: one that sends a request on a connection
		// that this end has just closed answers 502.
		IdleTimeout:    15 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	if err := s.listen(ctx, o); err != nil {
		return nil, err
	}
	return s, errors.Join(s.announce(o), s.nudgeAll(ctx))
}

// nudgeAll has the index caught up, or built, before the first search waits
// for it.
func (s *server) nudgeAll(ctx context.Context) error {
	orgs, err := s.store.Orgs(ctx)
	for _, org := range orgs {
		s.index.Nudge(org.ID)
	}
	return err
}

// open opens what is in the data directory, after finishing a restore that was
// interrupted, and returns the API over it.
func (s *server) open(ctx context.Context, o serveOptions) (_ http.Handler, err error) {
	if err := backup.Finish(o.data); err != nil {
		return nil, err
	}
	if s.store, err = s.openStore(ctx, o); err != nil {
		return nil, err
	}
	if err := found(ctx, s.store, o.data, s.log); err != nil {
		return nil, err
	}
	if err := s.settle(ctx, o.data); err != nil {
		return nil, err
	}
	s.upkeep = startMaintenance(s.store, s.log)
	if s.index, err = search.Open(filepath.Join(o.data, "search"), feed.Source{Store: s.store}, s.log); err != nil {
		return nil, err
	}
	if s.files, err = blob.Open(s.store, o.data, blob.Options{Log: s.log}); err != nil {
		return nil, err
	}
	return s.handler(ctx, o)
}

// settle finishes a restore of which only the database knows that it happened.
func (s *server) settle(ctx context.Context, dir string) error {
	_, generation, err := s.store.DatabaseID(ctx)
	if err != nil {
		return err
	}
	return backup.Settle(dir, generation)
}

func (s *server) openStore(ctx context.Context, o serveOptions) (*store.Store, error) {
	opts := store.Options{Now: o.now, Committed: s.committed, FailoverWait: o.failoverWait, Connections: o.connections, Founded: o.joins, Log: s.log}
	if o.database != "" {
		return store.OpenPostgres(ctx, o.database, opts)
	}
	return store.Open(ctx, o.data, opts)
}

// committed tells the search index of a commit.
func (s *server) committed(org int64, written []store.Written) {
	if s.index != nil { // not while founding, which writes nothing that search knows
		feed.Committed(s.index, org, written)
	}
}

// announce tells chef-server-ctl where the server is.
func (s *server) announce(o serveOptions) error {
	a := datadir.Server{PID: os.Getpid(), Address: s.Addr(), Scheme: "http", StartedAt: o.now()}
	if s.cert != nil {
		file, err := filepath.Abs(s.cert.certFile)
		if err != nil {
			return fmt.Errorf("find certificate: %w", err)
		}
		a.Scheme, a.Certificate = "https", file
	}
	return s.lock.Announce(a)
}

// readyKeys is how many keys a server keeps for new actors: as many as a rack
// of machines that registers at once needs before the worker catches up.
const readyKeys = 10

func (s *server) handler(ctx context.Context, o serveOptions) (http.Handler, error) {
	webUI, err := webUIKey(ctx, s.store)
	if err != nil {
		return nil, err
	}
	s.keys = keygen.New(o.readyKeys, newKey)
	secret, err := s.store.Setting(ctx, store.SettingPresignKey)
	if err != nil {
		return nil, fmt.Errorf("read the key that signs URLs: %w", err)
	}
	shape := cmp.Or(o.api, defaultAPI)
	return api.New(api.Config{
		Files: s.files, FileURLTTL: shape.fileURLTTL,
		Presigner: &blob.Presigner{AccessKey: "tournant", SecretKey: string(secret), Bucket: "bookshelf", Now: o.now},
		Store:     s.store, Index: s.index, Log: s.log, Now: o.now, Version: version, WebUIKey: webUI, Keys: s.keys,
		BaseURL: o.apiURL, MaxBody: o.maxBody, ClockSkew: shape.clockSkew, NodeLicense: shape.nodeLicense,
		EmailByWebUIOnly: shape.emailByWebUI, StatsPassword: shape.statsPassword,
	}), nil
}

func webUIKey(ctx context.Context, st *store.Store) (*rsa.PublicKey, error) {
	pem, err := st.Setting(ctx, store.SettingWebUIKey)
	if err != nil {
		return nil, fmt.Errorf("read the web UI's key: %w", err)
	}
	return signing.ParsePublicKey(pem)
}

func (s *server) listen(ctx context.Context, o serveOptions) error {
	sockets := cmp.Or(o.sockets, &fdstore.Store{})
	defer sockets.Drop()
	l, err := sockets.Listen(ctx, o.listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.listener = l
	if o.tls == "off" {
		return nil
	}
	if s.cert, err = openCertificate(o.tls, o.data, o.names, o.now); err != nil {
		return err
	}
	if o.plainListen != "" {
		if s.plain, err = openPlainPort(ctx, sockets, o.plainListen, s.Addr(), s.http, o.plainServes); err != nil {
			return err
		}
	}
	s.listener = tls.NewListener(politeListener{l}, &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetCertificate:     s.cert.get,
		NextProtos:         []string{"http/1.1"},
		GetConfigForClient: o.witness.tls(),
	})
	return nil
}

// Addr is the address that the server listens on.
func (s *server) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx ends, then finishes the requests in flight and closes.
func (s *server) Run(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	served := make(chan error, 2)
	s.serving.Go(func() { served <- s.http.Serve(s.listener) })
	if s.plain != nil {
		s.serving.Go(func() { served <- s.plain.serve() })
	}
	s.log.Info("serving", "address", s.Addr(), "version", version)
	for {
		select {
		case <-hup:
			s.reloadCertificate()
		case err := <-served:
			return errors.Join(fmt.Errorf("serve: %w", err), s.Close())
		case <-s.store.Replaced():
			s.log.Error("stopping: what is in memory is of another database", "error", store.ErrReplaced)
			return errors.Join(store.ErrReplaced, s.finish())
		case <-ctx.Done():
			s.log.Info("stopping: finishing requests in flight")
			return s.finish()
		}
	}
}

// finish cuts nothing: whoever stops us decides how long to wait.
// Shutdown drops a request that it meets on a new connection: so nothing is
// accepted any more, and what was is waited for, before it begins.
func (s *server) finish() error {
	_ = s.listener.Close() // Serve says so, too, and nobody hears it any more
	if s.plain != nil {
		_ = s.plain.listener.Close()
	}
	s.serving.Wait()
	s.leaving.leave()
	if s.plain != nil {
		_ = s.plain.http.Shutdown(context.Background()) // nothing there is worth an error
	}
	return errors.Join(s.http.Shutdown(context.Background()), s.Close())
}

func (s *server) reloadCertificate() {
	if s.cert == nil {
		return
	}
	if err := s.cert.load(); err != nil {
		s.log.Error("the certificate could not be read again; the old one stays", "error", err)
		return
	}
	s.log.Info("certificate read again")
}

// Close frees what openServer opened.
func (s *server) Close() error {
	var errs []error
	if s.listener != nil {
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.plain != nil {
		_ = s.plain.listener.Close() // closed by its server, if it served
	}
	if s.keys != nil {
		s.keys.Close()
	}
	if s.files != nil {
		errs = append(errs, s.files.Close())
	}
	if s.upkeep != nil {
		s.upkeep.Close()
	}
	if s.index != nil {
		errs = append(errs, s.index.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Withdraw(), s.lock.Release())
	}
	return errors.Join(errs...)
}
