CREATE POLICY "users_not_canonical" ON "users" AS PERMISSIVE FOR SELECT TO public USING (nullif(current_setting('app.maintenance', true), '') is not null and (email is not nfc normalized or email ~ '[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]'));--> statement-breakpoint
ALTER POLICY "users_sign_up" ON "users" TO public WITH CHECK (id = nullif(current_setting('app.user_id', true), '')::uuid and not (email is not nfc normalized or email ~ '[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]'));--> statement-breakpoint
-- Addresses of earlier versions become canonical where no other account has the canonical one. What was removed was not seen by the
-- owner either, whose mail may go elsewhere now: such an address is to be confirmed again.
ALTER TABLE "users" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
UPDATE "users" SET "email" = "found"."canonical",
  "email_verified_at" = CASE WHEN normalize("users"."email", NFC) = "found"."canonical" THEN "users"."email_verified_at" END
FROM (
  SELECT "id", "canonical", row_number() OVER (PARTITION BY "canonical" ORDER BY "created_at", "id") AS "place" FROM (
    SELECT "id", "created_at", "email", normalize(regexp_replace("email", '[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]', '', 'g'), NFC) AS "canonical" FROM "users"
  ) AS "all" WHERE "email" <> "canonical" AND "canonical" = lower("canonical") AND length("canonical") >= 3
) AS "found"
WHERE "found"."id" = "users"."id" AND "found"."place" = 1
  AND NOT EXISTS (SELECT FROM "users" AS "other" WHERE "other"."email" = "found"."canonical");--> statement-breakpoint
ALTER TABLE "users" FORCE ROW LEVEL SECURITY;