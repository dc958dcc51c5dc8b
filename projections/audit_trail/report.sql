CREATE OR REPLACE VIEW steps AS
SELECT
    step.position,
    substring(step.topic FROM '^id\.jejak\.(.*)\.v[0-9]+$') AS kind,
    kind.indonesian AS kind_indonesian,
    kind.english AS kind_english,
    step.family,
    step.subject,
    step.holder,
    step.level,
    step.region,
    step.channel,
    channel.indonesian AS channel_indonesian,
    channel.english AS channel_english,
    step.source,
    step.id,
    timestamptz 'epoch' + step.occurred_at * interval '1 microsecond' AS occurred_at,
    timestamptz 'epoch' + step.recorded_at * interval '1 microsecond' AS recorded_at,
    step.cause_source,
    step.cause_id,
    step.cause_position,
    voiding.position AS voided_by,
    step.trace_id
FROM trail_step AS step
LEFT JOIN trail_step AS voiding ON voiding.voids = step.position
LEFT JOIN label AS kind
    ON kind.vocabulary = 'kind' AND kind.code = substring(step.topic FROM '^id\.jejak\.(.*)\.v[0-9]+$')
LEFT JOIN label AS channel ON channel.vocabulary = 'channel' AND channel.code = step.channel;

GRANT SELECT ON steps TO jejak_reader;
