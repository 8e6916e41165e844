CREATE TABLE "upload_slots" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "upload_slots" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "removed_training_time" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "removed_training_time_order" CHECK ("removed_training_time"."finished_at" >= "removed_training_time"."started_at")
);
--> statement-breakpoint
ALTER TABLE "removed_training_time" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
-- The check of a foreign key reads both tables, as an owner for whom the policies hold too.
ALTER TABLE "workspaces" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "upload_slots" ADD CONSTRAINT "upload_slots_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "removed_training_time" ADD CONSTRAINT "removed_training_time_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "upload_slots" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "removed_training_time" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "upload_slots_by_workspace" ON "upload_slots" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "removed_training_time_by_end" ON "removed_training_time" USING btree ("workspace_id","finished_at");--> statement-breakpoint
CREATE POLICY "upload_slots_workspace" ON "upload_slots" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "upload_slots_write" ON "upload_slots" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER') WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER');--> statement-breakpoint
CREATE POLICY "removed_training_time_workspace" ON "removed_training_time" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "removed_training_time_write" ON "removed_training_time" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER') WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER');