CREATE TABLE "invitations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "invitations_once" UNIQUE("workspace_id","email"),
	CONSTRAINT "invitations_role" CHECK ("invitations"."role" in ('OWNER', 'EDITOR', 'READER')),
	CONSTRAINT "invitations_hash" CHECK ("invitations"."token_hash" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
ALTER TABLE "invitations" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
-- The check of a foreign key reads both tables, as an owner for whom the policies hold too.
ALTER TABLE "workspaces" NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "workspaces" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY "invitations_visible" ON "invitations" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
--> statement-breakpoint
CREATE POLICY "invitations_by_owner" ON "invitations" AS PERMISSIVE FOR INSERT TO public WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and nullif(current_setting('app.role', true), '') = 'OWNER');
--> statement-breakpoint
CREATE POLICY "invitations_renewed" ON "invitations" AS PERMISSIVE FOR UPDATE TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and nullif(current_setting('app.role', true), '') = 'OWNER') WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and nullif(current_setting('app.role', true), '') = 'OWNER');
--> statement-breakpoint
CREATE POLICY "invitations_over" ON "invitations" AS PERMISSIVE FOR DELETE TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and (nullif(current_setting('app.role', true), '') is null or nullif(current_setting('app.role', true), '') = 'OWNER'));
--> statement-breakpoint
ALTER TABLE "invitations" FORCE ROW LEVEL SECURITY;
