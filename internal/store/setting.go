package store

import "context"

// The settings that all API servers of a database share.
const (
	settingDatabaseID = "database_id"
	settingFounding   = "founding" // when

	// SettingRestore is the number of the last restore, in decimal digits.
	SettingRestore = "restore_generation"
	// SettingWebUIKey is the PEM of the web UI's public key.
	SettingWebUIKey = "webui_public_key"
	// SettingPresignKey is the secret that signs the URLs of cookbook files.
	SettingPresignKey = "presign_key"
)

// Setting returns a setting, or ErrNotFound.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := s.queryRow(ctx, "SELECT value FROM setting WHERE name = ?", []any{name}, &value)
	return value, err
}

func (tx *Tx) putSetting(ctx context.Context, name string, value []byte) error {
	_, err := tx.exec(ctx, `
		INSERT INTO setting (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
