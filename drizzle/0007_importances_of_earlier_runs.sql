-- Runs of earlier versions know the gain alone.
UPDATE "training_runs" SET "feature_importances" = (
  SELECT jsonb_agg("one" || jsonb_build_object('method', 'GAIN', 'gain', "one" -> 'importance', 'stddev', null, 'isNoise', null) ORDER BY "place")
  FROM jsonb_array_elements("feature_importances") WITH ORDINALITY AS "list" ("one", "place")
) WHERE jsonb_array_length("feature_importances") > 0;
