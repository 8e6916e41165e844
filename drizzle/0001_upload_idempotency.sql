ALTER TABLE "datasets" ADD COLUMN "idempotency_key" text;--> statement-breakpoint
ALTER TABLE "datasets" ADD COLUMN "idempotency_fingerprint" text;--> statement-breakpoint
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_idempotency_key_once" UNIQUE("workspace_id","idempotency_key");--> statement-breakpoint
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_idempotency" CHECK (("datasets"."idempotency_key" is null) = ("datasets"."idempotency_fingerprint" is null)
      and "datasets"."idempotency_key" ~ '^[!-~]{1,255}$' and "datasets"."idempotency_fingerprint" ~ '^[0-9a-f]{64}$');