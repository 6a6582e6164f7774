-- The day base: one row for each place expected on each day, as known at $as_known, with its report if there is one.
-- What no definition of a question looks at is left out by the engine: the joins with electricity and baselines cost.
-- The engine puts `days` (on_day) in front, keeps the dimensions a question asks for and blanks the others in
-- `versions`, puts the scope into `cells`, chooses what `base` is read from (`joined`, or `told` and `waited` apart)
-- and adds what is to be selected behind.
WITH versions AS (
    SELECT
        entity_id,
        from_on,
        until_on,
        above_scale AS is_above_scale,
        subdistrict AS subdistrict,
        coalesce(community, 'unknown') AS community,
        coalesce(grid, 'unknown') AS grid,
        category AS category,
        coalesce(industry, 'unknown') AS industry,
        coalesce(size, 'unknown') AS size,
        coalesce(focus, 'none') AS focus,
        CASE WHEN above_scale THEN 'yes' ELSE 'no' END AS above_scale,
        subdistrict AS ruled_subdistrict,
        category AS ruled_category,
        coalesce(focus, 'none') AS ruled_focus,
        coalesce(industry, 'unknown') AS ruled_industry,
        coalesce(size, 'unknown') AS ruled_size
    FROM entities
    WHERE known_at <= $as_known AND (superseded_at IS NULL OR superseded_at > $as_known)
),
-- Places of one kind share every dimension asked for, places of one combination all that rules look at. There are few
-- of either, so lines and scope are settled on them, and millions of place days carry a number instead of texts.
kinds AS MATERIALIZED (
    SELECT
        row_number() OVER (ORDER BY subdistrict, community, grid, category, industry, size, focus, above_scale) AS kind,
        subdistrict, community, grid, category, industry, size, focus, above_scale
    FROM (
        SELECT DISTINCT subdistrict, community, grid, category, industry, size, focus, above_scale FROM versions
    ) AS found
),
combinations AS MATERIALIZED (
    SELECT
        row_number() OVER (
            ORDER BY ruled_subdistrict, ruled_category, ruled_focus, ruled_industry, ruled_size
        ) AS combination,
        ruled_subdistrict, ruled_category, ruled_focus, ruled_industry, ruled_size
    FROM (
        SELECT DISTINCT ruled_subdistrict, ruled_category, ruled_focus, ruled_industry, ruled_size FROM versions
    ) AS found
),
-- Days on end, among those asked for, between which no rule begins or ends: mostly all of them.
eras AS (
    SELECT min(on_day) AS first_on, max(on_day) AS last_on
    FROM (
        SELECT days.on_day, count(turns.on_day) AS era
        FROM days
        LEFT JOIN (
            SELECT from_on AS on_day FROM line_rules
            WHERE known_at <= $as_known AND (superseded_at IS NULL OR superseded_at > $as_known)
            UNION ALL
            SELECT until_on AS on_day FROM line_rules
            WHERE known_at <= $as_known AND (superseded_at IS NULL OR superseded_at > $as_known)
        ) AS turns ON turns.on_day <= days.on_day
        GROUP BY days.on_day
    ) AS numbered
    GROUP BY era
),
-- The line of a combination in an era: of the rules that match, the one with the smallest priority. Equals that disagree
-- give none: nothing is guessed.
matches AS (
    SELECT
        eras.first_on, eras.last_on, c.combination, r.line, r.priority,
        min(r.priority) OVER (PARTITION BY eras.first_on, c.combination) AS best
    FROM eras
    CROSS JOIN combinations AS c
    LEFT JOIN line_rules AS r
        ON r.subdistrict = c.ruled_subdistrict
        AND r.known_at <= $as_known AND (r.superseded_at IS NULL OR r.superseded_at > $as_known)
        AND r.from_on <= eras.first_on AND (r.until_on IS NULL OR eras.first_on < r.until_on)
        AND (r.category IS NULL OR r.category = c.ruled_category)
        AND (r.focus IS NULL OR r.focus = c.ruled_focus)
        AND (r.industry IS NULL OR r.industry = c.ruled_industry)
        AND (r.size IS NULL OR r.size = c.ruled_size)
),
lines AS (
    SELECT
        first_on, last_on, combination,
        CASE WHEN min(line) = max(line) THEN min(line) ELSE 'unknown' END AS line
    FROM matches
    WHERE priority IS NULL OR priority = best
    GROUP BY first_on, last_on, combination
),
-- A place of one kind and line, with the first and last day it is there: as many rows as versions, unless rules changed
-- in between.
placed AS MATERIALIZED (
    SELECT
        v.entity_id, v.is_above_scale, k.kind, lines.line,
        greatest(v.from_on, lines.first_on) AS first_on,
        least(lines.last_on, coalesce(v.until_on - 1, lines.last_on)) AS last_on
    FROM versions AS v
    JOIN kinds AS k
        ON k.subdistrict = v.subdistrict AND k.community = v.community AND k.grid = v.grid
        AND k.category = v.category AND k.industry = v.industry AND k.size = v.size
        AND k.focus = v.focus AND k.above_scale = v.above_scale
    JOIN combinations AS c
        ON c.ruled_subdistrict = v.ruled_subdistrict AND c.ruled_category = v.ruled_category AND c.ruled_focus = v.ruled_focus
        AND c.ruled_industry = v.ruled_industry AND c.ruled_size = v.ruled_size
    JOIN lines ON lines.combination = c.combination
    WHERE v.from_on <= lines.last_on AND (v.until_on IS NULL OR lines.first_on < v.until_on)
),
cells AS MATERIALIZED (
    SELECT
        row_number() OVER (ORDER BY l.kind, l.line) AS cell,
        k.kind, k.subdistrict, k.community, k.grid, k.category, k.industry, k.size, k.focus, k.above_scale,
        l.line
    FROM (SELECT DISTINCT kind, line FROM placed) AS l
    JOIN kinds AS k ON k.kind = l.kind
),
excluded AS MATERIALIZED (
    SELECT DISTINCT x.entity_id, days.on_day
    FROM exclusions AS x
    JOIN days ON x.from_on <= days.on_day AND (x.until_on IS NULL OR days.on_day < x.until_on)
    WHERE x.known_at <= $as_known AND (x.superseded_at IS NULL OR x.superseded_at > $as_known)
),
-- The days on end a place is expected, in its cell. What is not expected is left out here, place by place, so that
-- millions of reports find cell and expectation in one table as small as the register.
spans AS MATERIALIZED (
    SELECT p.entity_id, p.is_above_scale, cells.cell, p.first_on, p.last_on
    FROM placed AS p
    JOIN cells ON cells.kind = p.kind AND cells.line = p.line
    WHERE NOT EXISTS (SELECT 1 FROM excluded AS x WHERE x.entity_id = p.entity_id)
    UNION ALL
    SELECT entity_id, is_above_scale, cell, min(on_day) AS first_on, max(on_day) AS last_on
    FROM (
        SELECT
            p.entity_id, p.is_above_scale, cells.cell, p.first_on, days.on_day, x.on_day AS excluded_on,
            -- Days with no excluded day between them share this number.
            count(x.on_day) OVER (PARTITION BY p.entity_id, p.first_on ORDER BY days.on_day) AS part
        FROM placed AS p
        JOIN cells ON cells.kind = p.kind AND cells.line = p.line
        JOIN days ON p.first_on <= days.on_day AND days.on_day <= p.last_on
        LEFT JOIN excluded AS x ON x.entity_id = p.entity_id AND x.on_day = days.on_day
        WHERE EXISTS (SELECT 1 FROM excluded AS some WHERE some.entity_id = p.entity_id)
    ) AS day_by_day
    WHERE excluded_on IS NULL
    GROUP BY entity_id, is_above_scale, cell, first_on, part
),
expected AS (
    SELECT days.on_day, s.cell, s.entity_id, s.is_above_scale
    FROM days
    JOIN spans AS s ON s.first_on <= days.on_day AND days.on_day <= s.last_on
),
-- Each place day with its report or without: what a list of places shows.
joined AS (
    SELECT
        e.on_day, e.cell, e.entity_id, e.is_above_scale, r.entity_id IS NOT NULL AS reported,
        r.state, r.received_at, r.staff_due, r.staff_at_post, r.output_fen, r.output_normal_fen,
        r.abnormal_temperature, r.mask_days
    FROM expected AS e
    LEFT JOIN reports AS r
        ON r.entity_id = e.entity_id AND r."on" = e.on_day
        AND r.known_at <= $as_known AND (r.superseded_at IS NULL OR r.superseded_at > $as_known)
),
-- Only those with a report.
told AS (
    SELECT
        days.on_day, s.cell, s.entity_id, s.is_above_scale, TRUE AS reported,
        r.state, r.received_at, r.staff_due, r.staff_at_post, r.output_fen, r.output_normal_fen,
        r.abnormal_temperature, r.mask_days
    FROM reports AS r
    JOIN days ON days.on_day = r."on"
    JOIN spans AS s
        ON s.entity_id = r.entity_id AND s.first_on <= r."on" AND r."on" <= s.last_on
    WHERE r.known_at <= $as_known AND (r.superseded_at IS NULL OR r.superseded_at > $as_known)
),
-- Places that nothing tells apart but their reports, counted. The engine blanks entity_id unless one is looked at.
alike AS (
    SELECT entity_id, cell, is_above_scale, first_on, last_on, count(*) AS places
    FROM (SELECT entity_id AS entity_id, cell, is_above_scale, first_on, last_on FROM spans) AS blanked
    GROUP BY entity_id, cell, is_above_scale, first_on, last_on
),
-- All of them, as if none had reported.
waited AS (
    SELECT
        days.on_day, a.cell, a.entity_id, a.is_above_scale, a.places, FALSE AS reported,
        CAST(NULL AS VARCHAR) AS state, CAST(NULL AS TIMESTAMPTZ) AS received_at,
        CAST(NULL AS INTEGER) AS staff_due, CAST(NULL AS INTEGER) AS staff_at_post,
        CAST(NULL AS BIGINT) AS output_fen, CAST(NULL AS BIGINT) AS output_normal_fen,
        CAST(NULL AS INTEGER) AS abnormal_temperature, CAST(NULL AS INTEGER) AS mask_days
    FROM days
    JOIN alike AS a ON a.first_on <= days.on_day AND days.on_day <= a.last_on
),
-- All meters of a place together.
energy AS (
    SELECT entity_id, "on" AS on_day, CAST(sum(energy_wh) AS BIGINT) AS energy_wh
    FROM electricity
    WHERE known_at <= $as_known AND (superseded_at IS NULL OR superseded_at > $as_known)
    GROUP BY entity_id, "on"
),
usual AS (
    SELECT
        days.on_day,
        b.entity_id,
        max(CASE WHEN b.quantity = 'electricity' AND b.basis = 'dec_2019' THEN b.amount END) AS energy_dec_2019_wh,
        max(CASE WHEN b.quantity = 'electricity' AND b.basis = 'same_period' THEN b.amount END) AS energy_same_period_wh,
        max(CASE WHEN b.quantity = 'electricity' AND b.basis = 'normal' THEN b.amount END) AS energy_normal_wh,
        max(CASE WHEN b.quantity = 'output' AND b.basis = 'dec_2019' THEN b.amount END) AS output_dec_2019_fen,
        max(CASE WHEN b.quantity = 'output' AND b.basis = 'same_period' THEN b.amount END) AS output_same_period_fen
    FROM baselines AS b
    JOIN days ON b.from_on <= days.on_day AND (b.until_on IS NULL OR days.on_day < b.until_on)
    WHERE b.known_at <= $as_known AND (b.superseded_at IS NULL OR b.superseded_at > $as_known)
    GROUP BY days.on_day, b.entity_id
),
base AS (
    SELECT
        r.on_day,
        r.cell,
        r.entity_id,
        r.is_above_scale AS above_scale,
        r.reported,
        coalesce(r.state IN ('open', 'part'), FALSE) AS resumed,
        r.state,
        r.received_at,
        r.staff_due,
        r.staff_at_post,
        r.output_fen,
        r.output_normal_fen,
        r.abnormal_temperature,
        r.mask_days,
        energy.energy_wh,
        usual.energy_dec_2019_wh,
        usual.energy_same_period_wh,
        usual.energy_normal_wh,
        usual.output_dec_2019_fen,
        usual.output_same_period_fen,
        -- Millionths of its usual, halves up: what a mean of ratios adds up.
        -- Numbers of 64 bits are divided ten times as fast as wider ones; only the richest need those.
        CASE
            WHEN r.output_normal_fen > 0 AND r.output_normal_fen < 4000000000000000000 AND r.output_fen < 2000000000000 THEN
                CAST((2000000 * r.output_fen + r.output_normal_fen) // (2 * r.output_normal_fen) AS HUGEINT)
            WHEN r.output_normal_fen > 0 THEN
                (2000000 * CAST(r.output_fen AS HUGEINT) + r.output_normal_fen) // (2 * CAST(r.output_normal_fen AS HUGEINT))
        END AS output_ppm,
        CASE WHEN usual.energy_dec_2019_wh > 0 THEN
            (2000000 * CAST(energy.energy_wh AS HUGEINT) + usual.energy_dec_2019_wh)
            // (2 * CAST(usual.energy_dec_2019_wh AS HUGEINT))
        END AS energy_ppm,
        1000000 AS whole_ppm
    FROM joined AS r
    LEFT JOIN energy ON energy.entity_id = r.entity_id AND energy.on_day = r.on_day
    LEFT JOIN usual ON usual.entity_id = r.entity_id AND usual.on_day = r.on_day
)
SELECT * FROM base
