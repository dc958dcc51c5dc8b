-- How far the relay sent the log to Kafka: all of it up to the newest of these positions.
CREATE TABLE jejak.relay (
    partition integer PRIMARY KEY CHECK (partition >= 0),
    last_position bigint NOT NULL CHECK (last_position > 0)
);
COMMENT ON TABLE jejak.relay IS 'The last position of the log that was sent to each partition of jejak.steps.v1';

GRANT SELECT, INSERT, UPDATE, DELETE ON jejak.relay TO jejak_app;
