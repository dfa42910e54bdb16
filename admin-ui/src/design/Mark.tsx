/** The product's mark: the arch of a counter window, its sill, and the slot one speaks through. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="light-dark(oklch(0.425 0.082 166), oklch(0.5 0.085 166))" />
      <path d="M8 21V14a8 8 0 0 1 16 0v7M5.5 21.5h21" fill="none" stroke="#f6faf7" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M13 16.5h6" stroke="#ecc363" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}
