CREATE TABLE "installation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"singleton" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "installation_one_row" UNIQUE("singleton"),
	CONSTRAINT "installation_singleton" CHECK ("installation"."singleton")
);
--> statement-breakpoint
ALTER TABLE "installation" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "write_probes" (
	"id" uuid PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE "write_probes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "installation_upkeep" ON "installation" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.upkeep', true), '') is not null) WITH CHECK (nullif(current_setting('app.upkeep', true), '') is not null);--> statement-breakpoint
CREATE POLICY "write_probes_upkeep" ON "write_probes" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.upkeep', true), '') is not null) WITH CHECK (nullif(current_setting('app.upkeep', true), '') is not null);