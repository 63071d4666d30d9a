-- +goose Up

-- A release to come keeps more of each object: the table that all requests use is
-- locked for a moment, and the release before goes on with a column that it does not
-- know.
ALTER TABLE object ADD COLUMN next_release BIGINT NOT NULL DEFAULT 0;

-- +goose Down
