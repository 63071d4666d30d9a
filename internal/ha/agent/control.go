package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"tournant/internal/ha"
	"tournant/internal/ha/control"
)

// listenControl opens the socket for chef-server-ctl. Its directory is root's
// alone, so that nobody else reaches it before its mode is set.
func listenControl(ctx context.Context, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the socket of a former agent: %w", err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for chef-server-ctl: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen for chef-server-ctl: %w", err), l.Close())
	}
	return l, nil
}

// newControl answers chef-server-ctl.
func (e *endpoint) newControl(log *slog.Logger) *http.Server {
	m := http.NewServeMux()
	m.HandleFunc("GET "+control.PathStatus, func(w http.ResponseWriter, r *http.Request) { answerStatus(w, r, e.status) })
	m.HandleFunc("POST "+control.PathRequest, func(w http.ResponseWriter, r *http.Request) {
		name := control.Request(r.URL.Query().Get("name"))
		wanted := name.Machine()
		if wanted == ha.RequestNone {
			http.Error(w, fmt.Sprintf("there is no request %q, only %s", name, names()), http.StatusBadRequest)
			return
		}
		log.Info("an operator asks", "request", name)
		request(w, r, e.ask, e.loop, wanted)
	})
	return &http.Server{
		Handler: http.MaxBytesHandler(m, 4<<10), ReadTimeout: 2 * time.Second, WriteTimeout: 5 * time.Second,
		MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func names() string {
	var all []string
	for _, r := range control.Requests() {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}
