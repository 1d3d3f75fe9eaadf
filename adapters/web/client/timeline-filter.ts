import type { LineContent, MessageEntry, TimelineEntry } from "./room-state.js";

/** The part of the conversation that is shown: all of it, or what concerns one participant. */
export type TimelineFilter = "everything" | { about: string };

/** Entries that concern the participant: from them, to them by name, or naming them. The beginning and the end of the room stay. */
export function filteredEntries(entries: readonly TimelineEntry[], filter: TimelineFilter): readonly TimelineEntry[] {
  if (filter === "everything") return entries;
  const { about } = filter;
  return entries.filter((entry) =>
    entry.kind === "message" ? isMessageAbout(entry, about) : namesOf(entry.line).includes(about),
  );
}

function isMessageAbout({ from, to, body }: MessageEntry, name: string): boolean {
  if (from === name || (to !== "room" && to.includes(name))) return true;
  return mentionOf(name).test(body);
}

const mentions = new Map<string, RegExp>();

/** `@name`, not as the start of a longer name. */
function mentionOf(name: string): RegExp {
  const known = mentions.get(name);
  if (known) return known;
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const made = new RegExp(`@${escaped}(?![\\p{L}\\p{N}_-])`, "iu");
  mentions.set(name, made);
  return made;
}

/** The participants a quiet line is about. */
function namesOf(line: LineContent): readonly string[] {
  switch (line.what) {
    case "joined":
    case "left":
      return [line.name];
    case "joined-together":
      return line.names;
    case "bounced":
      return [line.to];
    case "expired":
      return line.recipients;
    case "turn":
      return line.by === undefined ? [line.agent] : [line.agent, line.by];
    case "notice":
      return line.about === undefined ? [] : [line.about];
    case "budget":
      return line.agent === undefined ? [] : [line.agent];
    case "reminded":
    case "asked":
      return [line.from];
    case "gate":
      return line.from === undefined ? [line.by] : [line.from, line.by];
    default:
      return [];
  }
}
