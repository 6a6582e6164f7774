-- The day base: one row for each place expected on each day, as known at $as_known, with its report if there is one.
-- What no definition of a question looks at is left out by the engine: the joins with electricity and baselines cost.
-- The engine puts `days` (on_day) in front, keeps the dimensions a question asks for and blanks the others in
-- `versions`, puts the scope into `cells`, and adds what is to be selected behind.
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
kinds AS (
    SELECT
        row_number() OVER (ORDER BY subdistrict, community, grid, category, industry, size, focus, above_scale) AS kind,
        subdistrict, community, grid, category, industry, size, focus, above_scale
    FROM (
        SELECT DISTINCT subdistrict, community, grid, category, industry, size, focus, above_scale FROM versions
    ) AS found
),
combinations AS (
    SELECT
        row_number() OVER (
            ORDER BY ruled_subdistrict, ruled_category, ruled_focus, ruled_industry, ruled_size
        ) AS combination,
        ruled_subdistrict, ruled_category, ruled_focus, ruled_industry, ruled_size
    FROM (
        SELECT DISTINCT ruled_subdistrict, ruled_category, ruled_focus, ruled_industry, ruled_size FROM versions
    ) AS found
),
-- The line of a combination on a day: of the rules that match, the one with the smallest priority. Equals that disagree
-- give none: nothing is guessed.
matches AS (
    SELECT
        days.on_day, c.combination, r.line, r.priority,
        min(r.priority) OVER (PARTITION BY days.on_day, c.combination) AS best
    FROM days
    CROSS JOIN combinations AS c
    LEFT JOIN line_rules AS r
        ON r.subdistrict = c.ruled_subdistrict
        AND r.known_at <= $as_known AND (r.superseded_at IS NULL OR r.superseded_at > $as_known)
        AND r.from_on <= days.on_day AND (r.until_on IS NULL OR days.on_day < r.until_on)
        AND (r.category IS NULL OR r.category = c.ruled_category)
        AND (r.focus IS NULL OR r.focus = c.ruled_focus)
        AND (r.industry IS NULL OR r.industry = c.ruled_industry)
        AND (r.size IS NULL OR r.size = c.ruled_size)
),
line_days AS (
    SELECT on_day, combination, CASE WHEN min(line) = max(line) THEN min(line) ELSE 'unknown' END AS line
    FROM matches
    WHERE priority IS NULL OR priority = best
    GROUP BY on_day, combination
),
cells AS (
    SELECT
        row_number() OVER (ORDER BY k.kind, l.line) AS cell,
        k.kind, k.subdistrict, k.community, k.grid, k.category, k.industry, k.size, k.focus, k.above_scale,
        l.line
    FROM kinds AS k
    CROSS JOIN (SELECT DISTINCT line FROM line_days) AS l
),
excluded AS (
    SELECT DISTINCT x.entity_id, days.on_day
    FROM exclusions AS x
    JOIN days ON x.from_on <= days.on_day AND (x.until_on IS NULL OR days.on_day < x.until_on)
    WHERE x.known_at <= $as_known AND (x.superseded_at IS NULL OR x.superseded_at > $as_known)
),
expected AS (
    SELECT ld.on_day, cells.cell, v.entity_id, v.is_above_scale
    FROM versions AS v
    JOIN kinds AS k
        ON k.subdistrict = v.subdistrict AND k.community = v.community AND k.grid = v.grid
        AND k.category = v.category AND k.industry = v.industry AND k.size = v.size
        AND k.focus = v.focus AND k.above_scale = v.above_scale
    JOIN combinations AS c
        ON c.ruled_subdistrict = v.ruled_subdistrict AND c.ruled_category = v.ruled_category AND c.ruled_focus = v.ruled_focus
        AND c.ruled_industry = v.ruled_industry AND c.ruled_size = v.ruled_size
    JOIN line_days AS ld ON ld.combination = c.combination
    JOIN cells ON cells.kind = k.kind AND cells.line = ld.line
    WHERE v.from_on <= ld.on_day AND (v.until_on IS NULL OR ld.on_day < v.until_on)
        AND NOT EXISTS (
            SELECT 1 FROM excluded AS x WHERE x.entity_id = v.entity_id AND x.on_day = ld.on_day
        )
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
        e.on_day,
        e.cell,
        e.entity_id,
        e.is_above_scale AS above_scale,
        r.entity_id IS NOT NULL AS reported,
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
        CASE WHEN r.output_normal_fen > 0 THEN
            (2000000 * CAST(r.output_fen AS HUGEINT) + r.output_normal_fen) // (2 * CAST(r.output_normal_fen AS HUGEINT))
        END AS output_ppm,
        CASE WHEN usual.energy_dec_2019_wh > 0 THEN
            (2000000 * CAST(energy.energy_wh AS HUGEINT) + usual.energy_dec_2019_wh)
            // (2 * CAST(usual.energy_dec_2019_wh AS HUGEINT))
        END AS energy_ppm,
        1000000 AS whole_ppm
    FROM expected AS e
    LEFT JOIN reports AS r
        ON r.entity_id = e.entity_id AND r."on" = e.on_day
        AND r.known_at <= $as_known AND (r.superseded_at IS NULL OR r.superseded_at > $as_known)
    LEFT JOIN energy ON energy.entity_id = e.entity_id AND energy.on_day = e.on_day
    LEFT JOIN usual ON usual.entity_id = e.entity_id AND usual.on_day = e.on_day
)
SELECT * FROM base
