-- A place of which two versions are believed at $as_known and hold on one day. It would be counted twice.
SELECT one.entity_id, one.next_from_on AS on_day
FROM (
    SELECT
        entity_id,
        until_on,
        lead(from_on) OVER (PARTITION BY entity_id ORDER BY from_on, until_on) AS next_from_on
    FROM entities
    WHERE known_at <= $as_known AND (superseded_at IS NULL OR superseded_at > $as_known)
        AND (until_on IS NULL OR from_on < until_on)
) AS one
WHERE one.next_from_on IS NOT NULL AND (one.until_on IS NULL OR one.next_from_on < one.until_on)
ORDER BY one.entity_id
LIMIT 1
