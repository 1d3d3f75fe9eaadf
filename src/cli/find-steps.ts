import { textOfStep } from "../core/room/step.js";
import type { StepHitsAnswer } from "../protocol/turns.js";
import type { Context, RoomAccess } from "./command.js";
import { dim, strong, styled } from "./screen.js";
import { safeJson } from "./visible.js";
import { clockText, dayText } from "./words.js";

type Hit = StepHitsAnswer["hits"][number];

/** Pages without a hit that are read for one agent; what lies before them is said to be left out. */
const maxEmptyPages = 20;
const maxShownChars = 300;

/** Prints the newest steps of these agents that hold a text, as far as the reader may read them. */
export async function findSteps(
  { screen, json }: Context,
  wanted: { access: RoomAccess; agents: readonly string[]; text: string; limit: number },
): Promise<void> {
  const found = await Promise.all(wanted.agents.map((agent) => hitsOf(wanted, agent)));
  const hits = found.flatMap((one) => one.hits).sort((a, b) => b.step.at - a.step.at);
  const backTo = Math.max(...found.map(({ lookedBackTo = 0 }) => lookedBackTo), 0);
  if (json) {
    screen.json(safeJson({ hits, ...(backTo > 0 && { lookedBackTo: backTo }) }));
    return;
  }
  for (const { turn, step } of hits) {
    screen.line([
      dim(`${dayText(step.at)} ${clockText(step.at)} `),
      styled("name", turn.agent),
      " ",
      strong(step.type === "tool" ? step.name : step.type),
      dim(` ${turn.turnId}`),
    ]);
    screen.line(dim(around(textOfStep(step), wanted.text)), { indent: 2, bar: true });
  }
  if (hits.length === 0) screen.line("No step holds this text, as far as you may read them.");
  if (backTo > 0)
    screen.note(`It was looked back to ${dayText(backTo)} ${clockText(backTo)}; there may be more before.`);
}

async function hitsOf(
  { access, text, limit }: { access: RoomAccess; text: string; limit: number },
  agent: string,
): Promise<{ hits: Hit[]; lookedBackTo?: number | undefined }> {
  const hits: Hit[] = [];
  let before: string | undefined;
  for (let page = 0; page < maxEmptyPages; page += 1) {
    const query = { q: text, limit: String(limit - hits.length), ...(before !== undefined && { before }) };
    const answer = await access.api.call("findSteps", { parts: { id: access.roomId, name: agent }, query });
    hits.push(...answer.hits);
    if (answer.next === undefined) return { hits };
    if (hits.length >= limit || page === maxEmptyPages - 1) return { hits, lookedBackTo: answer.lookedBackTo };
    before = answer.next;
  }
  return { hits };
}

/** The text around the first place where it holds what is wanted. */
function around(text: string, wanted: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(wanted.toLowerCase()));
  const from = Math.max(0, at - 80);
  const shown = text.slice(from, from + maxShownChars);
  return `${from > 0 ? "…" : ""}${shown}${from + maxShownChars < text.length ? "…" : ""}`;
}
