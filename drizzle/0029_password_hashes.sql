CREATE TABLE "password_hashes" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "password_hashes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
-- The check of a foreign key, and the copy, read rows as an owner for whom the policies hold too.
ALTER TABLE "users" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "password_hashes" ADD CONSTRAINT "password_hashes_user" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
INSERT INTO "password_hashes" ("user_id", "hash") SELECT "id", "password_hash" FROM "users";--> statement-breakpoint
ALTER TABLE "users" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "password_hashes" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "users" DROP COLUMN "password_hash";--> statement-breakpoint
CREATE POLICY "password_hashes_sign_in" ON "password_hashes" AS PERMISSIVE FOR SELECT TO public USING (nullif(current_setting('app.workspace_id', true), '')::uuid is null and exists (select from users
  where users.id = password_hashes.user_id and users.email = nullif(current_setting('app.email', true), '')));--> statement-breakpoint
CREATE POLICY "password_hashes_set" ON "password_hashes" AS PERMISSIVE FOR INSERT TO public WITH CHECK (user_id = nullif(current_setting('app.user_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "password_hashes_change" ON "password_hashes" AS PERMISSIVE FOR UPDATE TO public USING (user_id = nullif(current_setting('app.user_id', true), '')::uuid and nullif(current_setting('app.workspace_id', true), '')::uuid is null and exists (select from users
  where users.id = password_hashes.user_id and users.email = nullif(current_setting('app.email', true), ''))) WITH CHECK (user_id = nullif(current_setting('app.user_id', true), '')::uuid);--> statement-breakpoint
ALTER POLICY "api_keys_visible" ON "api_keys" TO public USING ((workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and coalesce(nullif(current_setting('app.role', true), ''), 'OWNER') = 'OWNER') or created_by = nullif(current_setting('app.user_id', true), '')::uuid);--> statement-breakpoint
ALTER POLICY "invitations_visible" ON "invitations" TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and coalesce(nullif(current_setting('app.role', true), ''), 'OWNER') = 'OWNER');