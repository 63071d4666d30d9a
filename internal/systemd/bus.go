package systemd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
)

// Bus is what is used of a connection to systemd. The methods that begin a job
// send its result to the channel: see dbus.Conn.
type Bus interface {
	StartUnitContext(ctx context.Context, unit, mode string, result chan<- string) (int, error)
	StopUnitContext(ctx context.Context, unit, mode string, result chan<- string) (int, error)
	RestartUnitContext(ctx context.Context, unit, mode string, result chan<- string) (int, error)
	EnableUnitFilesContext(ctx context.Context, units []string, runtime, force bool) (bool, []dbus.EnableUnitFileChange, error)
	DisableUnitFilesContext(ctx context.Context, units []string, runtime bool) ([]dbus.DisableUnitFileChange, error)
	KillUnitWithTarget(ctx context.Context, unit string, who dbus.Who, signal int32) error
	ReloadContext(ctx context.Context) error
	ResetFailedUnitContext(ctx context.Context, unit string) error
	GetAllPropertiesContext(ctx context.Context, unit string) (map[string]any, error)
	Close()
}

var _ Bus = (*dbus.Conn)(nil)

// privateSocket is where root reaches systemd itself, without a bus that may
// not be there yet, or not any more.
const privateSocket = "/run/systemd/private"

// DialSocket connects to the systemd that listens on a socket.
func DialSocket(ctx context.Context, socket string) (Bus, error) {
	return dbus.NewConnection(func() (*godbus.Conn, error) {
		conn, err := godbus.Dial("unix:path="+socket, godbus.WithContext(ctx))
		if err != nil {
			return nil, err
		}
		// It knows its clients by the kernel's word.
		if err := conn.Auth([]godbus.Auth{godbus.AuthExternal(strconv.Itoa(os.Getuid()))}); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return conn, nil
	})
}

// Failure is what systemd did not do.
type Failure struct {
	Text string
	// Result is how a job ended ("failed", "timeout", "canceled",
	// "dependency"), or the D-Bus name of an error.
	Result string
}

const noSuchUnit = "org.freedesktop.systemd1.NoSuchUnit"

func (f *Failure) Error() string { return f.Text }

// failure makes a *Failure of what systemd answered; another error is one of
// the connection.
func failure(err error) error {
	var answered godbus.Error
	if errors.As(err, &answered) {
		return &Failure{Text: answered.Error(), Result: answered.Name}
	}
	if err != nil {
		return fmt.Errorf("ask systemd: %w", err)
	}
	return nil
}
