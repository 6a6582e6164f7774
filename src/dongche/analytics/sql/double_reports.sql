-- A place with two reports for one day that are both believed at $as_known. It would be counted twice.
SELECT r.entity_id, r."on" AS on_day
FROM reports AS r
JOIN days ON days.on_day = r."on"
WHERE r.known_at <= $as_known AND (r.superseded_at IS NULL OR r.superseded_at > $as_known)
GROUP BY r.entity_id, r."on"
HAVING count(*) > 1
ORDER BY r.entity_id, r."on"
LIMIT 1
