ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "issuer" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "subject" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "claimed_email" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "claimed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "memberships" ADD COLUMN "claimed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "issuer" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "issuer_name" text;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_of_issuer" UNIQUE("issuer","subject");--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_of_issuer" UNIQUE("issuer","issuer_name");--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_kind" CHECK (case when "users"."issuer" is null
        then "users"."email" is not null and num_nonnulls("users"."subject", "users"."claimed_email", "users"."claimed_at") = 0
        else num_nonnulls("users"."email", "users"."email_verified_at") = 0 and num_nonnulls("users"."subject", "users"."claimed_at") = 2 end);--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_kind" CHECK (num_nonnulls("workspaces"."issuer", "workspaces"."issuer_name") in (0, 2));--> statement-breakpoint
ALTER POLICY "users_sign_up" ON "users" TO public WITH CHECK (id = nullif(current_setting('app.user_id', true), '')::uuid and (email is not nfc normalized or email ~ '[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]') is not true);