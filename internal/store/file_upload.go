package store

import (
	"context"
	"database/sql"
	"errors"
)

// BeginUpload starts the content of a file and returns its id. Until it is
// published nobody can read it.
func (s *Store) BeginUpload(ctx context.Context) (id int64, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		id, err = tx.beginUpload(ctx)
		return err
	})
	return id, err
}

func (tx *Tx) beginUpload(ctx context.Context) (int64, error) {
	return tx.insert(ctx, "INSERT INTO upload (started_at) VALUES (?) RETURNING id", tx.now.Unix())
}

// AddChunk adds the piece of an upload that starts at a byte.
func (s *Store) AddChunk(ctx context.Context, upload, start int64, data []byte) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.addChunk(ctx, upload, start, data) })
}

func (tx *Tx) addChunk(ctx context.Context, upload, start int64, data []byte) error {
	_, err := tx.exec(ctx, "INSERT INTO upload_chunk (upload_id, start, data) VALUES (?, ?, ?)", upload, start, data)
	return err
}

// PublishFile makes an upload the content of an organization's file. If the
// file is there already, its content is the same and stays; the upload is left
// for sweeping. An organization that is gone, or an upload that was swept, is
// ErrNotFound.
func (s *Store) PublishFile(ctx context.Context, org int64, checksum string, upload, size int64) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.publish(ctx, org, checksum, upload, size) })
}

func (tx *Tx) publish(ctx context.Context, org int64, checksum string, upload, size int64) error {
	var there int64
	if err := tx.queryRow(ctx, "SELECT id FROM org WHERE id = ?", []any{org}, &there); err != nil {
		return err
	}
	err := changed(tx.exec(ctx, "UPDATE upload SET published = TRUE WHERE id = ? AND published = FALSE", upload))
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `
		INSERT INTO file (org_id, checksum, upload_id, size, stored_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (org_id, checksum) DO UPDATE SET stored_at = excluded.stored_at`,
		org, checksum, upload, size, tx.now.Unix())
	return err
}

// AbandonUpload leaves an upload for sweeping.
func (s *Store) AbandonUpload(ctx context.Context, upload int64) error {
	return s.Write(Freeing(ctx), func(tx *Tx) error {
		_, err := tx.exec(ctx, "UPDATE upload SET published = TRUE WHERE id = ?", upload)
		return err
	})
}

// StoreFile adds a file that fits in one chunk.
func (s *Store) StoreFile(ctx context.Context, org int64, checksum string, data []byte) error {
	return s.Write(ctx, func(tx *Tx) error {
		upload, err := tx.beginUpload(ctx)
		if err != nil {
			return err
		}
		if len(data) > 0 {
			if err := tx.addChunk(ctx, upload, 0, data); err != nil {
				return err
			}
		}
		return tx.publish(ctx, org, checksum, upload, int64(len(data)))
	})
}

// TouchFile keeps a file that is waiting for its sandbox from being swept. One
// that is not there is ErrNotFound.
func (s *Store) TouchFile(ctx context.Context, org int64, checksum string) error {
	return s.Write(ctx, func(tx *Tx) error {
		return changed(tx.exec(ctx, "UPDATE file SET stored_at = ? WHERE org_id = ? AND checksum = ?", tx.now.Unix(), org, checksum))
	})
}

// ForgetAbandoned drops sandboxes that were made, and files that were uploaded,
// more than so many seconds ago and never committed.
func (s *Store) ForgetAbandoned(ctx context.Context, seconds int64) error {
	return s.Write(Freeing(ctx), func(tx *Tx) error {
		before := tx.now.Unix() - seconds
		if _, err := tx.exec(ctx, "DELETE FROM sandbox WHERE created_at < ?", before); err != nil {
			return err
		}
		_, err := tx.exec(ctx, forgetFiles, before)
		return err
	})
}

const forgetFiles = "DELETE FROM file WHERE committed = FALSE AND stored_at < ?"

// Unnamed returns the uploads that no file names: published once, or begun more
// than so many seconds ago.
func (s *Store) Unnamed(ctx context.Context, seconds int64) ([]int64, error) {
	rows := s.query(ctx, `
		SELECT u.id FROM upload u
		WHERE (u.published = TRUE OR u.started_at < ?) AND NOT EXISTS (SELECT 1 FROM file f WHERE f.upload_id = u.id)`,
		s.now().Unix()-seconds)
	return collect(rows, func(rows *sql.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	})
}

// SweepUpload removes up to n chunks of an upload that no file names and, with
// the last, the upload, which cannot be published any more. It reports whether
// nothing is left to do.
func (s *Store) SweepUpload(ctx context.Context, upload int64, n int) (done bool, err error) {
	err = s.Write(Freeing(ctx), func(tx *Tx) error {
		err := tx.seal(ctx, upload)
		if errors.Is(err, ErrNotFound) {
			done = true // published meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		err = changed(tx.exec(ctx, `
			DELETE FROM upload_chunk WHERE id IN (SELECT id FROM upload_chunk WHERE upload_id = ? LIMIT ?)`, upload, n))
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		done = true
		_, err = tx.exec(ctx, "DELETE FROM upload WHERE id = ?", upload)
		return err
	})
	return done, err
}

// seal keeps an upload that no file names from being published. One that was
// published meanwhile is ErrNotFound.
func (tx *Tx) seal(ctx context.Context, upload int64) error {
	// A publication under way is seen by the statements behind this one.
	if err := tx.hold(ctx, "upload", upload); err != nil {
		return err
	}
	return changed(tx.exec(ctx, `
		UPDATE upload SET published = TRUE
		WHERE id = ? AND NOT EXISTS (SELECT 1 FROM file f WHERE f.upload_id = upload.id)`, upload))
}
