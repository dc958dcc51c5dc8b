CREATE OR REPLACE VIEW organisations AS
SELECT
    organisation,
    (array_agg(name ORDER BY position DESC) FILTER (WHERE name IS NOT NULL))[1] AS name,
    max(level) AS level,
    (array_agg(region ORDER BY position DESC) FILTER (WHERE region IS NOT NULL))[1] AS region,
    (array_agg(parent ORDER BY position DESC) FILTER (WHERE parent IS NOT NULL))[1] AS parent,
    max(registrar) AS registrar,
    timestamptz 'epoch' + min(occurred_at) FILTER (WHERE level IS NOT NULL) * interval '1 microsecond' AS registered_at,
    timestamptz 'epoch' + min(occurred_at) FILTER (WHERE closed) * interval '1 microsecond' AS closed_at
FROM registry_change
GROUP BY organisation;

-- Whole seconds: far from now, microseconds are no longer exact. What begins on the first day of the calendar in
-- Jakarta lies in the year 0 elsewhere, which most clients cannot read: it has no beginning.
CREATE OR REPLACE VIEW decrees AS
SELECT
    granted.position,
    granted.organisation,
    granted.number,
    CASE
        WHEN granted.valid_from >= -62135535600000000
            THEN timestamptz 'epoch' + granted.valid_from / 1000000 * interval '1 second'
    END AS valid_from,
    timestamptz 'epoch' + granted.valid_until / 1000000 * interval '1 second' AS valid_until,
    (
        SELECT timestamptz 'epoch' + min(revoked.occurred_at) * interval '1 microsecond'
        FROM registry_decree AS revoked
        WHERE
            revoked.organisation = granted.organisation
            AND revoked.number = granted.number
            AND revoked.valid_from IS NULL
            AND (
                (revoked.occurred_at, revoked.position) > (granted.occurred_at, granted.position)
                OR revoked.occurred_at >= granted.valid_from
            )
    ) AS revoked_at
FROM registry_decree AS granted
WHERE granted.valid_from IS NOT NULL;

GRANT SELECT ON organisations, decrees TO jejak_reader;
