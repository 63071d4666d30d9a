-- +goose Up

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
);

-- Row 0 is the server itself: it owns the users, the global groups and the
-- global containers.
CREATE TABLE org (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    guid       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL UNIQUE,
    full_name  TEXT NOT NULL,
    authz_id   TEXT NOT NULL,
    acl        TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

-- Two counters an organization: 0 for objects, 1 for what authorization and
-- authentication read.
CREATE TABLE head (
    org_id INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (org_id, kind)
) WITHOUT ROWID;

CREATE TABLE change (
    org_id    INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    type      TEXT NOT NULL,
    parent    TEXT NOT NULL,
    name      TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    deleted   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (org_id, kind, seq)
) WITHOUT ROWID;

CREATE INDEX change_at ON change (at);

-- Every named thing of an organization that has an ACL, and the items of data
-- bags. doc is the gzip-compressed document as served; parent is the bag of an
-- item and empty otherwise.
CREATE TABLE object (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id      INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
    type        TEXT NOT NULL,
    parent      TEXT NOT NULL DEFAULT '',
    name        TEXT NOT NULL,
    environment TEXT NOT NULL DEFAULT '',
    guid        TEXT NOT NULL,
    authz_id    TEXT NOT NULL,
    acl         TEXT NOT NULL,
    doc         BLOB,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (org_id, type, parent, name)
);

CREATE INDEX object_environment ON object (org_id, environment) WHERE environment <> '';

CREATE TABLE group_member (
    group_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    actor_id INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, actor_id)
) WITHOUT ROWID;

CREATE INDEX group_member_actor ON group_member (actor_id);

CREATE TABLE group_nesting (
    group_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    child_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, child_id)
) WITHOUT ROWID;

CREATE INDEX group_nesting_child ON group_nesting (child_id);

-- Users belong to organization 0. profile holds what a user's document has
-- beside the columns.
CREATE TABLE actor (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
    type            TEXT NOT NULL CHECK (type IN ('user', 'client')),
    name            TEXT NOT NULL,
    guid            TEXT NOT NULL,
    authz_id        TEXT NOT NULL,
    acl             TEXT NOT NULL,
    validator       INTEGER NOT NULL DEFAULT 0,
    email           TEXT,
    external_uid    TEXT,
    recovery        INTEGER NOT NULL DEFAULT 0,
    password        TEXT NOT NULL DEFAULT '',
    password_salt   TEXT NOT NULL DEFAULT '',
    password_scheme TEXT NOT NULL DEFAULT '',
    profile         TEXT NOT NULL DEFAULT '{}',
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (org_id, type, name)
);

CREATE UNIQUE INDEX actor_email ON actor (email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX actor_external_uid ON actor (external_uid) WHERE external_uid IS NOT NULL;

-- expires_at is in Unix seconds; NULL is "infinity".
CREATE TABLE actor_key (
    actor_id   INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    public_key TEXT NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (actor_id, name)
) WITHOUT ROWID;

CREATE TABLE association (
    org_id  INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    PRIMARY KEY (org_id, user_id)
) WITHOUT ROWID;

CREATE INDEX association_user ON association (user_id);

CREATE TABLE invitation (
    id         TEXT PRIMARY KEY,
    org_id     INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
    user_id    INTEGER NOT NULL REFERENCES actor (id) ON DELETE CASCADE,
    inviter_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (org_id, user_id)
);

CREATE INDEX invitation_user ON invitation (user_id);

-- dependencies is metadata.dependencies, recipes a sorted JSON array of the
-- names that run lists know; edition counts the uploads over a version.
CREATE TABLE cookbook_version (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    cookbook_id  INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    org_id       INTEGER NOT NULL,
    name         TEXT NOT NULL,
    major        INTEGER NOT NULL,
    minor        INTEGER NOT NULL,
    patch        INTEGER NOT NULL,
    frozen       INTEGER NOT NULL,
    dependencies TEXT NOT NULL,
    recipes      TEXT NOT NULL,
    edition      INTEGER NOT NULL DEFAULT 1,
    doc          BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    UNIQUE (org_id, name, major, minor, patch)
);

CREATE INDEX cookbook_version_cookbook ON cookbook_version (cookbook_id);

CREATE TABLE cookbook_artifact_version (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    object_id  INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    org_id     INTEGER NOT NULL,
    name       TEXT NOT NULL,
    identifier TEXT NOT NULL,
    doc        BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (org_id, name, identifier)
);

CREATE INDEX cookbook_artifact_version_object ON cookbook_artifact_version (object_id);

-- The checksums that each manifest names: owner is 'cookbook' or 'artifact',
-- owner_id the version's row.
CREATE TABLE file_reference (
    org_id   INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    owner    TEXT NOT NULL,
    owner_id INTEGER NOT NULL,
    PRIMARY KEY (org_id, checksum, owner, owner_id)
) WITHOUT ROWID;

CREATE INDEX file_reference_owner ON file_reference (owner, owner_id);

-- The content of a file is an upload: chunks inserted by many short
-- transactions. A row in file publishes them; an upload that no file names,
-- any more or for too long, is swept with its chunks.
CREATE TABLE upload (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    published  INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL
);

-- start is the chunk's place in the file, in bytes.
CREATE TABLE upload_chunk (
    id        INTEGER PRIMARY KEY,
    upload_id INTEGER NOT NULL,
    start     INTEGER NOT NULL,
    data      BLOB NOT NULL
);

CREATE UNIQUE INDEX upload_chunk_start ON upload_chunk (upload_id, start);

-- A file counts for its organization's cookbooks once its sandbox is
-- committed.
CREATE TABLE file (
    org_id    INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
    checksum  TEXT NOT NULL,
    upload_id INTEGER NOT NULL REFERENCES upload (id),
    size      INTEGER NOT NULL,
    committed INTEGER NOT NULL DEFAULT 0,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, checksum)
) WITHOUT ROWID;

CREATE INDEX file_upload ON file (upload_id);

CREATE TABLE sandbox (
    id         TEXT PRIMARY KEY,
    org_id     INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
    checksums  TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE policy_revision (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    policy_id   INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    revision_id TEXT NOT NULL,
    doc         BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (policy_id, revision_id)
);

CREATE TABLE policy_association (
    group_id    INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    policy_id   INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    revision_id INTEGER NOT NULL REFERENCES policy_revision (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, policy_id)
) WITHOUT ROWID;

CREATE INDEX policy_association_policy ON policy_association (policy_id);
CREATE INDEX policy_association_revision ON policy_association (revision_id);

-- +goose Down
