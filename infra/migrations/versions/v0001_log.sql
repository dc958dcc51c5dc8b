-- Roles belong to the whole server: another database of it may have made them, perhaps at this moment.
DO $$ BEGIN
    CREATE ROLE jejak_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    CREATE ROLE jejak_reader NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

-- Rows are never changed, so that vacuum has to look at each of them once only.
CREATE TABLE jejak.log (
    position bigint PRIMARY KEY,
    originator_id uuid NOT NULL,
    originator_version integer NOT NULL,
    topic text NOT NULL,
    state text NOT NULL,
    event_id uuid UNIQUE,
    UNIQUE (originator_id, originator_version)
) WITH (
    autovacuum_freeze_min_age = 0,
    autovacuum_vacuum_insert_threshold = 1000000,
    autovacuum_vacuum_insert_scale_factor = 0
);
CREATE INDEX log_voided ON jejak.log (originator_id) WHERE topic = 'id.jejak.step.voided.v1';

-- What reporting jobs see of it.
CREATE VIEW jejak.events AS
SELECT
    log.position,
    log.topic,
    state.source,
    state.id,
    state.subject,
    state.holder,
    state.level,
    state.region,
    state.occurred_at,
    state.recorded_at,
    state.causationsource,
    state.causationid,
    state.causeposition,
    state.voids,
    state.data
FROM jejak.log
CROSS JOIN LATERAL jsonb_to_record(log.state::jsonb) AS state (
    source text,
    id text,
    subject text,
    holder text,
    level text,
    region text,
    occurred_at timestamptz,
    recorded_at timestamptz,
    causationsource text,
    causationid text,
    causeposition bigint,
    voids bigint,
    data jsonb
);

GRANT USAGE ON SCHEMA jejak TO jejak_app, jejak_reader;
GRANT SELECT ON jejak.schema_version TO jejak_app;
GRANT SELECT, INSERT ON jejak.log TO jejak_app;
GRANT SELECT ON jejak.events TO jejak_app, jejak_reader;

CREATE SCHEMA jejak_views;
GRANT USAGE, CREATE ON SCHEMA jejak_views TO jejak_app;
GRANT USAGE ON SCHEMA jejak_views TO jejak_reader;
