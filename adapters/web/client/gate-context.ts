import type { Gate } from "./open-gates.js";
import type { MessageEntry, TimelineEntry } from "./room-state.js";

const shownMessages = 2;

/** The last messages to or from a gate's agent before it opened, oldest first. */
export function messagesBefore(
  entries: readonly TimelineEntry[],
  { from, openedAt }: Pick<Gate, "from" | "openedAt">,
): MessageEntry[] {
  const found: MessageEntry[] = [];
  for (let at = entries.length - 1; at >= 0 && found.length < shownMessages; at -= 1) {
    const entry = entries[at];
    if (entry?.kind !== "message" || entry.at > openedAt) continue;
    if (entry.from === from || entry.to === "room" || entry.to.includes(from)) found.unshift(entry);
  }
  return found;
}

/** The open gates of the same agent for the same kind of thing, the gate itself among them, oldest first. Only those whose text is known. */
export function alikeOf(gates: readonly Gate[], { from, kind, tool }: Pick<Gate, "from" | "kind" | "tool">): Gate[] {
  if (kind !== "message" && kind !== "tool") return [];
  return gates
    .filter((gate) => gate.from === from && gate.kind === kind && gate.tool === tool)
    .filter(({ hash, body }) => hash !== undefined && body !== undefined)
    .sort((a, b) => a.openedAt - b.openedAt);
}

/** The gate that a step up or down the list leads to, from the oldest to the newest and round again. */
export function stepGate(
  gates: readonly Gate[],
  { from, by }: { from: string | undefined; by: 1 | -1 },
): Gate | undefined {
  if (gates.length === 0) return undefined;
  const at = gates.findIndex(({ gateId }) => gateId === from);
  return gates[(Math.max(0, at) + by + gates.length) % gates.length];
}
