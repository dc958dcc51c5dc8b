-- When the relay came where it is.
ALTER TABLE jejak.relay ADD COLUMN moved_at timestamptz NOT NULL DEFAULT now();

-- How far the inbox took each partition of jejak.inbox.v1, and when it came there.
CREATE TABLE jejak.inbox (
    partition integer PRIMARY KEY CHECK (partition >= 0),
    next_offset bigint NOT NULL CHECK (next_offset > 0),
    moved_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE jejak.inbox IS 'The offset behind the last message of jejak.inbox.v1 that was taken, of each partition';

GRANT SELECT, INSERT, UPDATE, DELETE ON jejak.inbox TO jejak_app;
