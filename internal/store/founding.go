package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// Superuser is the name of the user that a database is born with.
const Superuser = "pivotal"

// Founding is what a new database is born with.
type Founding struct {
	SuperuserKey string // PEM of pivotal's public key
	WebUIKey     string // PEM of the web UI's public key
	PresignKey   string // secret
}

// Found fills a database that has nothing in it: the server's organization,
// its superuser, its groups and containers. It reports false, and calls
// nothing, when that has been done already. Of servers that come at once, one
// founds the database and the others wait for it.
func (s *Store) Found(ctx context.Context, make func() (Founding, error)) (done bool, err error) {
	if done, err = s.foundUnlessThere(ctx, make); err != nil {
		return done, err
	}
	if d, ok := s.db.(*postgresDatabase); ok {
		err = s.patiently(ctx, func() error { return d.learn(ctx) })
	}
	return done, err
}

func (s *Store) foundUnlessThere(ctx context.Context, make func() (Founding, error)) (done bool, err error) {
	_, err = s.Setting(ctx, settingDatabaseID)
	if !errors.Is(err, ErrNotFound) {
		return false, err
	}
	err = s.Write(ctx, func(tx *Tx) error {
		done, err = tx.foundOnce(ctx, make)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("found the database: %w", err)
	}
	return done, nil
}

func (tx *Tx) foundOnce(ctx context.Context, make func() (Founding, error)) (bool, error) {
	// Whoever writes this row second waits here until the first has committed.
	if err := tx.putSetting(ctx, settingFounding, []byte(tx.now.Format(time.RFC3339))); err != nil {
		return false, err
	}
	var id []byte
	err := tx.queryRow(ctx, "SELECT value FROM setting WHERE name = ?", []any{settingDatabaseID}, &id)
	if !errors.Is(err, ErrNotFound) {
		return false, err
	}
	f, err := make()
	if err != nil {
		return false, err
	}
	return true, tx.found(ctx, f)
}

func (tx *Tx) found(ctx context.Context, f Founding) error {
	_, err := tx.exec(ctx, `
		INSERT INTO org (id, guid, name, full_name, authz_id, acl, created_at)
		VALUES (0, ?, '', 'Chef Server', ?, '', ?)`, serverGUID, newID(), tx.now.Unix())
	if err != nil {
		return err
	}
	pivotal, err := tx.foundSuperuser(ctx, f.SuperuserKey)
	if err != nil {
		return err
	}
	if err := tx.foundServerAdmins(ctx, pivotal); err != nil {
		return err
	}
	for name, value := range map[string]string{
		settingDatabaseID: newID(),
		SettingRestore:    "0",
		SettingWebUIKey:   f.WebUIKey,
		SettingPresignKey: f.PresignKey,
	} {
		if err := tx.putSetting(ctx, name, []byte(value)); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) foundSuperuser(ctx context.Context, key string) (int64, error) {
	id, err := tx.CreateActor(ctx, NewActor{
		Org: Server, Type: chef.TypeUser, Name: Superuser, SelfOwned: true,
		User: Actor{
			Email:   nullable("root@localhost.localdomain"),
			Profile: []byte(`{"display_name":"Chef Server Superuser"}`),
		},
	})
	if err != nil {
		return 0, err
	}
	return id, tx.insertKey(ctx, id, Key{Name: DefaultKey, PublicKey: key})
}

func (tx *Tx) foundServerAdmins(ctx context.Context, pivotal int64) error {
	owner := []int64{pivotal}
	admins, err := tx.Create(ctx, NewObject{
		Ref: Ref{Org: Server, Type: chef.TypeGroup, Name: authz.ServerAdmins},
		ACL: authz.Everyone(owner, nil),
	})
	if err != nil {
		return err
	}
	acl := authz.Everyone(owner, nil)
	acl[authz.Read].Groups = []int64{admins}
	if _, err := tx.exec(ctx, "UPDATE object SET acl = ? WHERE id = ?", acl.Encode(), admins); err != nil {
		return err
	}
	if err := tx.AddMember(ctx, admins, pivotal); err != nil {
		return err
	}
	users := authz.Everyone(owner, []int64{admins})
	users[authz.Grant].Groups = nil
	for name, acl := range map[string]authz.ACL{"users": users, "organizations": authz.Everyone(owner, nil)} {
		_, err := tx.Create(ctx, NewObject{Ref: Ref{Org: Server, Type: chef.TypeContainer, Name: name}, ACL: acl})
		if err != nil {
			return err
		}
	}
	return nil
}
