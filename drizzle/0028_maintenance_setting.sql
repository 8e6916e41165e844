DROP POLICY "rate_limits_upkeep" ON "rate_limits" CASCADE;--> statement-breakpoint
DROP POLICY "installation_upkeep" ON "installation" CASCADE;--> statement-breakpoint
DROP POLICY "write_probes_upkeep" ON "write_probes" CASCADE;--> statement-breakpoint
DROP POLICY "workers_upkeep" ON "workers" CASCADE;--> statement-breakpoint
DROP POLICY "training_paces_upkeep" ON "training_paces" CASCADE;--> statement-breakpoint
CREATE POLICY "rate_limits_maintenance" ON "rate_limits" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
CREATE POLICY "installation_maintenance" ON "installation" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
CREATE POLICY "write_probes_maintenance" ON "write_probes" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
CREATE POLICY "workers_maintenance" ON "workers" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
CREATE POLICY "training_paces_maintenance" ON "training_paces" AS PERMISSIVE FOR ALL TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
ALTER POLICY "audit_entries_old_select" ON "audit_entries" TO public USING (nullif(current_setting('app.maintenance', true), '') is not null and created_at < now() - interval '30 days');--> statement-breakpoint
ALTER POLICY "audit_entries_old_delete" ON "audit_entries" TO public USING (nullif(current_setting('app.maintenance', true), '') is not null and created_at < now() - interval '30 days');--> statement-breakpoint
ALTER POLICY "sessions_maintenance_select" ON "sessions" TO public USING (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
ALTER POLICY "sessions_maintenance_update" ON "sessions" TO public USING (nullif(current_setting('app.maintenance', true), '') is not null) WITH CHECK (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
ALTER POLICY "workspaces_maintenance" ON "workspaces" TO public USING (nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
ALTER POLICY "upload_sessions_overdue_select" ON "upload_sessions" TO public USING (nullif(current_setting('app.maintenance', true), '') is not null and
  ((status = 'RECEIVING' and expires_at < now()) or finished_at < now() - interval '7 days'));--> statement-breakpoint
ALTER POLICY "upload_sessions_forgotten_delete" ON "upload_sessions" TO public USING (nullif(current_setting('app.maintenance', true), '') is not null and finished_at < now() - interval '7 days');--> statement-breakpoint
ALTER POLICY "training_events_old_select" ON "training_events" TO public USING (kind in ('PROGRESS', 'METRIC') and at < now() - interval '30 days' and nullif(current_setting('app.maintenance', true), '') is not null);--> statement-breakpoint
ALTER POLICY "training_events_old_delete" ON "training_events" TO public USING (kind in ('PROGRESS', 'METRIC') and at < now() - interval '30 days' and nullif(current_setting('app.maintenance', true), '') is not null);