WITH told AS (
  SELECT
    DATE_TRUNC('HOUR', CAST(as_of AS TIMESTAMP_NTZ)) AS the_hour,
    COALESCE(CAST(provider AS STRING), '') AS the_provider,
    COALESCE(CAST(model AS STRING), '') AS the_model,
    COALESCE(CAST(tier AS STRING), '') AS the_tier,
    COALESCE(CAST(residency AS STRING), '') AS the_residency,
    '' AS the_project,
    CAST(input_tokens AS BIGINT) AS sent,
    COALESCE(CAST(cached_tokens AS BIGINT), 0) AS from_cache,
    COALESCE(CAST(cache_write_tokens AS BIGINT), 0) AS to_cache,
    CAST(output_tokens AS BIGINT) AS answered,
    0 AS thought
  FROM lake.gateway.requests
), counted AS (
  SELECT
    told.*,
    sent AS whole_input,
    answered + thought AS whole_output
  FROM told
), classed AS (
  SELECT
    counted.*,
    CASE
      WHEN sent IS NULL
      OR answered IS NULL
      OR sent < 0
      OR answered < 0
      OR from_cache < 0
      OR to_cache < 0
      THEN -2
      WHEN from_cache + to_cache > whole_input
      THEN -1
      WHEN whole_input <= 256
      THEN 0
      WHEN whole_input <= 1024
      THEN 1
      WHEN whole_input <= 4096
      THEN 2
      WHEN whole_input <= 16384
      THEN 3
      WHEN whole_input <= 65536
      THEN 4
      WHEN whole_input <= 100000
      THEN 5
      WHEN whole_input <= 199999
      THEN 6
      WHEN whole_input <= 200000
      THEN 7
      WHEN whole_input <= 272000
      THEN 8
      WHEN whole_input <= 922000
      THEN 9
      WHEN whole_input <= 1048576
      THEN 10
      ELSE 11
    END AS length_class
  FROM counted
)
SELECT
  the_hour AS usage_hour,
  the_provider AS provider,
  the_model AS model,
  the_tier AS tier,
  the_residency AS residency,
  the_project AS project,
  COUNT(*) AS requests,
  CASE WHEN length_class = -2 THEN NULL ELSE SUM(whole_input) END AS input_tokens,
  CASE WHEN length_class = -2 THEN NULL ELSE SUM(from_cache) END AS cached_tokens,
  CASE WHEN length_class = -2 THEN NULL ELSE SUM(to_cache) END AS cache_write_tokens,
  CASE WHEN length_class = -2 THEN NULL ELSE SUM(whole_output) END AS output_tokens,
  MIN(whole_input) AS shortest_input_tokens,
  MAX(whole_input) AS longest_input_tokens,
  MAX(whole_output) AS longest_output_tokens,
  MAX(whole_input + whole_output) AS longest_whole_tokens
FROM classed
GROUP BY
  the_hour,
  the_provider,
  the_model,
  the_tier,
  the_residency,
  the_project,
  length_class;
