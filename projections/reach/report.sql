CREATE OR REPLACE VIEW figure_steps AS
SELECT
    position,
    kind,
    subject,
    holder,
    region,
    place,
    channel,
    timestamptz 'epoch' + at * interval '1 microsecond' AS occurred_at,
    timestamptz 'epoch' + recorded_at * interval '1 microsecond' AS recorded_at,
    headcount,
    people,
    exposures,
    verdict,
    cause_position,
    voided_by
FROM reach_step;

CREATE OR REPLACE VIEW figure_places AS
SELECT position, region, headcount
FROM reach_place;

CREATE OR REPLACE VIEW figure_targets AS
SELECT position, target
FROM reach_target;

GRANT SELECT ON figure_steps, figure_places, figure_targets TO jejak_reader;
