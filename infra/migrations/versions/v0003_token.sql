-- Who may publish from afar. The token itself is shown once and kept nowhere: it is random, so its hash tells nothing.
CREATE TABLE jejak.token (
    id text PRIMARY KEY,
    digest bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    organisation text,
    added_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
COMMENT ON COLUMN jejak.token.digest IS 'The SHA-256 of the token';
COMMENT ON COLUMN jejak.token.organisation IS 'Whom it speaks for; null for the operator';

GRANT SELECT, INSERT ON jejak.token TO jejak_app;
GRANT UPDATE (revoked_at) ON jejak.token TO jejak_app;
