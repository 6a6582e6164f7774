-- A meter with two readings for one day that are both believed at $as_known. The day would be counted twice.
-- Found as double reports are.
SELECT e.entity_id, e."on" AS on_day
FROM electricity AS e
JOIN days ON days.on_day = e."on"
WHERE e.known_at <= $as_known AND (e.superseded_at IS NULL OR e.superseded_at > $as_known)
    AND e.entity_id IN (
        SELECT electricity.entity_id
        FROM electricity
        JOIN days ON days.on_day = electricity."on"
        WHERE electricity.known_at <= $as_known
            AND (electricity.superseded_at IS NULL OR electricity.superseded_at > $as_known)
        GROUP BY electricity.entity_id, electricity.meter, days.sixty
        HAVING count(*) > bit_count(bit_or(days.bit))
    )
GROUP BY e.entity_id, e.meter, e."on"
HAVING count(*) > 1
ORDER BY e.entity_id, e."on"
LIMIT 1
