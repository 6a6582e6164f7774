-- A place with two reports for one day that are both believed at $as_known. It would be counted twice.
-- A day is a bit (`bit`) of a number for sixty days (`sixty`), so millions of reports are counted by their places: where
-- there are more reports than days, it is looked which day has two.
SELECT r.entity_id, r."on" AS on_day
FROM reports AS r
JOIN days ON days.on_day = r."on"
WHERE r.known_at <= $as_known AND (r.superseded_at IS NULL OR r.superseded_at > $as_known)
    AND r.entity_id IN (
        SELECT reports.entity_id
        FROM reports
        JOIN days ON days.on_day = reports."on"
        WHERE reports.known_at <= $as_known AND (reports.superseded_at IS NULL OR reports.superseded_at > $as_known)
        GROUP BY reports.entity_id, days.sixty
        HAVING count(*) > bit_count(bit_or(days.bit))
    )
GROUP BY r.entity_id, r."on"
HAVING count(*) > 1
ORDER BY r.entity_id, r."on"
LIMIT 1
