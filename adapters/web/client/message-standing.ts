import type { MessageEntry } from "./room-state.js";

/** An own message that no agent has taken: it can still be changed and taken back. */
export function isStillMine({ from, delivery }: Pick<MessageEntry, "from" | "delivery">, me: string): boolean {
  const states = Object.values(delivery);
  return from === me && states.length > 0 && states.every((state) => state === "queued");
}

/** Its sender took it back. */
export function isTakenBack({ delivery }: Pick<MessageEntry, "delivery">): boolean {
  return Object.values(delivery).includes("withdrawn");
}
