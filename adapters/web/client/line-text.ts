import type { LineContent } from "./room-state.js";
import { texts } from "./texts.js";
import { duration } from "./time.js";

/** A quiet line in words: the event, and beside it the text a person wrote about it. */
export function lineText(line: LineContent): { text: string; detail?: string } {
  const words = texts.lines;
  switch (line.what) {
    case "created":
      return { text: words.created };
    case "renamed":
      return { text: words.renamed(line.name) };
    case "joined":
      if (line.returns) return { text: words.returned(line.name, line.role) };
      return scripted(words.joined(line.name, line.role, line.participant === "agent"), line);
    case "joined-together":
      return { text: `${joinedTogether(line.names)}${line.hasScript ? ` (each ${texts.roster.script})` : ""}` };
    case "left":
      return withDetail(words.left(line.name), line.reason);
    case "bounced":
      return withDetail(words.bounced(line.to), line.detail);
    case "expired":
      return { text: words.expired(line.recipients.join(", "), words.expiredReason[line.reason] ?? line.reason) };
    case "turn":
      return withDetail(words.turn[line.outcome](line.agent, line.by), line.error);
    case "notice":
      return { text: line.text };
    case "paused":
    case "resumed":
    case "closed":
      return withDetail(words[line.what], line.reason);
    case "budget":
      return { text: words.budget(line.agent, line.limit) };
    case "mirror":
      return { text: line.bound ? words.bound(line.platform) : words.unbound };
    case "reminded":
      return { text: words.reminded[line.gateKind](line.from, duration(line.waitedMs)) };
    case "asked":
      return withDetail(words.asked[line.gateKind](line.from, line.tool ?? words.aTool), line.text);
    case "gate":
      return withDetail(gateText(line), [line.text, line.reason].filter((part) => part !== undefined).join(" – "));
  }
}

/** More would be a wall of names; the roster has them all. */
const maxNames = 6;

/** Says of agents that follow a script that no model speaks. */
function scripted(text: string, { hasScript }: { hasScript?: true }): { text: string } {
  return { text: hasScript ? `${text} (${texts.roster.script})` : text };
}

function joinedTogether(names: readonly string[]): string {
  const named = names.length > maxNames ? names.slice(0, maxNames - 1) : names;
  return texts.lines.joinedTogether(named, names.length - named.length);
}

function withDetail(text: string, detail: string | undefined): { text: string; detail?: string } {
  return detail === undefined || detail === "" ? { text } : { text, detail };
}

function gateText({ gateKind, outcome, by, from, tool, isEdited }: Extract<LineContent, { what: "gate" }>): string {
  const words = texts.lines.gate;
  const agent = from ?? texts.lines.someone;
  const what = texts.lines.what[gateKind];
  switch (outcome) {
    case "approved":
    case "edited":
    case "answered":
      return words[outcome](by, agent);
    case "dropped":
      return words.dropped(by, agent, what);
    case "allowed":
      return words[isEdited ? "allowedEdited" : "allowed"](by, agent, tool ?? texts.lines.aTool);
    case "denied":
      return words.denied(by, agent, tool ?? texts.lines.aTool);
    case "continued":
    case "stopped":
      return words[outcome](by);
    case "expired":
      return words.expired(what, agent);
    case "withdrawn":
      return words.withdrawn(what.charAt(0).toUpperCase() + what.slice(1), agent);
  }
}
