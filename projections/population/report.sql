CREATE OR REPLACE VIEW populations AS
SELECT
    position,
    region,
    people,
    ((timestamptz 'epoch' + counted_at * interval '1 microsecond') AT TIME ZONE 'Asia/Jakarta')::date AS counted_on,
    timestamptz 'epoch' + recorded_at * interval '1 microsecond' AS recorded_at
FROM population_count;

GRANT SELECT ON populations TO jejak_reader;
