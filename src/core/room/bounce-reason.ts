/** Reasons a message comes back to its sender. */
export const bounceReasons = [
  "nobody",
  "unknown-name",
  "empty-body",
  "body-too-long",
  "too-many-directives",
  "too-many-posts",
  "mailbox-full",
  "dropped",
  "gate-expired",
] as const;
/** Why a message came back to its sender. */
export type BounceReason = (typeof bounceReasons)[number];
