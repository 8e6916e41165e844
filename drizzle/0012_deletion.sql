CREATE TABLE "dataset_deletions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"status" text NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"restorable_until" timestamp (3) with time zone,
	"job_id" uuid,
	"finished_at" timestamp (3) with time zone,
	"files_removed" integer DEFAULT 0 NOT NULL,
	"files_missing" integer DEFAULT 0 NOT NULL,
	"bytes_reclaimed" bigint DEFAULT 0 NOT NULL,
	"runs_deleted" integer DEFAULT 0 NOT NULL,
	"artifacts_deleted" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "dataset_deletions_workspace_id" UNIQUE("workspace_id","id"),
	CONSTRAINT "dataset_deletions_status" CHECK ("dataset_deletions"."status" in ('RESTORABLE', 'DELETING', 'DELETED')),
	CONSTRAINT "dataset_deletions_end" CHECK (("dataset_deletions"."status" = 'DELETED') = ("dataset_deletions"."finished_at" is not null)),
	CONSTRAINT "dataset_deletions_counts" CHECK ("dataset_deletions"."files_removed" >= 0 and "dataset_deletions"."files_missing" >= 0 and "dataset_deletions"."bytes_reclaimed" >= 0
      and "dataset_deletions"."runs_deleted" >= 0 and "dataset_deletions"."artifacts_deleted" >= 0)
);
--> statement-breakpoint
ALTER TABLE "dataset_deletions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "deletion_files" (
	"deletion_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"reference_count" integer NOT NULL,
	"existed" boolean,
	CONSTRAINT "deletion_files_key" PRIMARY KEY("deletion_id","sha256"),
	CONSTRAINT "deletion_files_counts" CHECK ("deletion_files"."reference_count" >= 0 and "deletion_files"."size_bytes" >= 0)
);
--> statement-breakpoint
ALTER TABLE "deletion_files" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_runs" DROP CONSTRAINT "training_runs_dataset";
--> statement-breakpoint
DROP INDEX "training_runs_unfinished";--> statement-breakpoint
DROP INDEX "training_runs_listed";--> statement-breakpoint
DROP INDEX "training_runs_history";--> statement-breakpoint
DROP INDEX "training_runs_history_by_name";--> statement-breakpoint
ALTER TABLE "artifacts" ADD COLUMN "deleted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "datasets" ADD COLUMN "deleted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "datasets" ADD COLUMN "restorable_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "deleted_at" timestamp (3) with time zone;--> statement-breakpoint
-- The check of a foreign key reads both tables, as an owner for whom the policies hold too.
ALTER TABLE "workspaces" NO FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "dataset_deletions" ADD CONSTRAINT "dataset_deletions_workspace" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "deletion_files" ADD CONSTRAINT "deletion_files_deletion" FOREIGN KEY ("workspace_id","deletion_id") REFERENCES "public"."dataset_deletions"("workspace_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dataset_deletions_restorable" ON "dataset_deletions" USING btree ("workspace_id","restorable_until") WHERE "dataset_deletions"."status" = 'RESTORABLE';--> statement-breakpoint
CREATE INDEX "dataset_deletions_finished" ON "dataset_deletions" USING btree ("workspace_id","finished_at");--> statement-breakpoint
CREATE INDEX "deletion_files_by_file" ON "deletion_files" USING btree ("workspace_id","sha256");--> statement-breakpoint
CREATE INDEX "datasets_expiring" ON "datasets" USING btree ("workspace_id","expires_at") WHERE "datasets"."expires_at" is not null and "datasets"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "datasets_deleted" ON "datasets" USING btree ("workspace_id","restorable_until") WHERE "datasets"."deleted_at" is not null;--> statement-breakpoint
CREATE INDEX "training_runs_unfinished" ON "training_runs" USING btree ("workspace_id","status") WHERE "training_runs"."finished_at" is null and "training_runs"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "training_runs_listed" ON "training_runs" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST,"status","archived_at","task","algorithm","dataset_name") WHERE "training_runs"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "training_runs_history" ON "training_runs" USING btree ("workspace_id","task","algorithm","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE "training_runs"."status" = 'SUCCEEDED' and "training_runs"."archived_at" is null and "training_runs"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "training_runs_history_by_name" ON "training_runs" USING btree ("workspace_id","dataset_name","task","algorithm","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE "training_runs"."status" = 'SUCCEEDED' and "training_runs"."archived_at" is null and "training_runs"."deleted_at" is null;--> statement-breakpoint
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_restorable" CHECK ("datasets"."restorable_until" is null or "datasets"."deleted_at" is not null);--> statement-breakpoint
CREATE POLICY "workspaces_maintenance" ON "workspaces" AS PERMISSIVE FOR SELECT TO public USING (nullif(current_setting('app.upkeep', true), '') is not null);--> statement-breakpoint
CREATE POLICY "dataset_deletions_workspace" ON "dataset_deletions" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "deletion_files_workspace" ON "deletion_files" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid) WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);