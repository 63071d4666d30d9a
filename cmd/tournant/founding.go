package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"log/slog"
	"path/filepath"

	"tournant/internal/datadir"
	"tournant/internal/keygen"
	"tournant/internal/store"
)

// keyBits is the size of the keys that Chef's server makes.
const keyBits = 2048

func newKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) }

// found fills a new database and leaves the superuser's and the web UI's
// private keys in dir, readable by their owner only.
func found(ctx context.Context, st *store.Store, dir string, log *slog.Logger) error {
	done, err := st.Found(ctx, func() (store.Founding, error) {
		superuser, err := writeKey(filepath.Join(dir, datadir.SuperuserKey))
		if err != nil {
			return store.Founding{}, err
		}
		webUI, err := writeKey(filepath.Join(dir, datadir.WebUIKey))
		if err != nil {
			return store.Founding{}, err
		}
		var secret [32]byte
		_, _ = rand.Read(secret[:]) // never fails: see crypto/rand
		return store.Founding{SuperuserKey: superuser, WebUIKey: webUI, PresignKey: hex.EncodeToString(secret[:])}, nil
	})
	if done {
		log.Info("created the database", "dir", dir, "superuser", store.Superuser, "key", datadir.SuperuserKey)
	}
	return err
}

// writeKey makes a key pair, keeps the private half in file and returns the
// public half as PEM.
func writeKey(file string) (public string, err error) {
	key, err := newKey()
	if err != nil {
		return "", fmt.Errorf("make key %s: %w", file, err)
	}
	public, private, err := keygen.Encode(key)
	if err != nil {
		return "", err
	}
	return public, keep(file, []byte(private), 0o600)
}
