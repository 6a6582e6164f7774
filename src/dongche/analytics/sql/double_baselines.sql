-- A place with two usual days of one kind that both hold on a day and are both believed at $as_known.
SELECT b.entity_id, days.on_day
FROM baselines AS b
JOIN days ON b.from_on <= days.on_day AND (b.until_on IS NULL OR days.on_day < b.until_on)
WHERE b.known_at <= $as_known AND (b.superseded_at IS NULL OR b.superseded_at > $as_known)
GROUP BY b.entity_id, b.quantity, b.basis, days.on_day
HAVING count(*) > 1
ORDER BY b.entity_id, days.on_day
LIMIT 1
