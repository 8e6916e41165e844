CREATE TABLE "training_files" (
	"workspace_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "training_files_key" PRIMARY KEY("workspace_id","run_id","sha256")
);
--> statement-breakpoint
ALTER TABLE "training_files" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_files" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "training_rank_reports" (
	"run_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"rank" integer NOT NULL,
	"seq" integer NOT NULL,
	"reports" jsonb NOT NULL,
	CONSTRAINT "training_rank_reports_key" PRIMARY KEY("run_id","attempt","rank","seq")
);
--> statement-breakpoint
ALTER TABLE "training_rank_reports" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_rank_reports" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "training_ranks" (
	"run_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"rank" integer NOT NULL,
	"host_id" uuid NOT NULL,
	"order" jsonb NOT NULL,
	"state" text NOT NULL,
	"tracker" jsonb,
	"is_stopped" boolean DEFAULT false NOT NULL,
	"failure" jsonb,
	"heartbeat_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "training_ranks_key" PRIMARY KEY("run_id","attempt","rank"),
	CONSTRAINT "training_ranks_state" CHECK ("training_ranks"."state" in ('ASSIGNED', 'RUNNING', 'DONE', 'FAILED'))
);
--> statement-breakpoint
ALTER TABLE "training_ranks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_ranks" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "training_hosts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"address" text NOT NULL,
	"cores" integer NOT NULL,
	"memory_bytes" bigint NOT NULL,
	"python" text,
	"xgboost" text,
	"missing" text,
	"heartbeat_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "training_hosts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_hosts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "engine" text DEFAULT 'LOCAL' NOT NULL;--> statement-breakpoint
ALTER TABLE "training_runs" ADD COLUMN "hosts" integer;--> statement-breakpoint
CREATE INDEX "training_ranks_of_host" ON "training_ranks" USING btree ("host_id");--> statement-breakpoint
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_engine" CHECK ("training_runs"."engine" in ('LOCAL', 'DISTRIBUTED'));--> statement-breakpoint
CREATE POLICY "training_files_workspace" ON "training_files" AS PERMISSIVE FOR SELECT TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "training_files_write" ON "training_files" AS PERMISSIVE FOR ALL TO public USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER') WITH CHECK (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid and current_setting('app.role', true) is distinct from 'READER');--> statement-breakpoint
CREATE POLICY "training_rank_reports_maintenance" ON "training_rank_reports" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
CREATE POLICY "training_ranks_maintenance" ON "training_ranks" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
CREATE POLICY "training_hosts_maintenance" ON "training_hosts" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);