-- +goose NO TRANSACTION
-- +goose Up

-- What was uploaded and never committed is looked for every few minutes, not
-- among all files there are. Servers go on storing files meanwhile; one that
-- broke off left an index that does not count.
DROP INDEX CONCURRENTLY IF EXISTS file_uncommitted;
CREATE INDEX CONCURRENTLY file_uncommitted ON file (stored_at) WHERE committed = FALSE;

-- +goose Down
