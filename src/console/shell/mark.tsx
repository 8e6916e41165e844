/** The sign of Trainyard: a line that branches. */
export function Mark({ size = 30 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path d="M5 24h21M5 24c10 0 10-15 21-15" fill="none" stroke="#ff8f55" strokeWidth="3" strokeLinecap="round" />
      <circle cx="26" cy="9" r="3.6" fill="currentColor" />
      <circle cx="26" cy="24" r="3.6" fill="currentColor" />
    </svg>
  );
}
