-- +goose Up

-- What was uploaded and never committed is looked for every few minutes, within
-- a transaction that writes: not among all files there are.
CREATE INDEX file_uncommitted ON file (stored_at) WHERE committed = FALSE;

-- +goose Down
