import type { types } from "@slack/bolt";
import { outcomeMark } from "../../src/core/room/gate.js";
import { cut, pieces, plainLine, visible } from "../../src/core/text/visible-text.js";
import type { ChatButton, GateCard, RootCard } from "../../src/ports/chat-post.js";
import { linkActionId, pressActionId } from "./address.js";
import { emojiOf } from "./identity.js";
import { limits, slackSupports } from "./limits.js";
import { escapeMrkdwn } from "./safe-text.js";

type Block = types.KnownBlock;
type Span = types.RichTextText;

/** Maximum participants listed on a root card; the others are counted. */
const shownParticipants = 20;

const stateLines: Readonly<Record<RootCard["state"], string>> = {
  active: "🟢 active",
  halted: "✋ halted: messages wait until somebody decides",
  paused: "⏸ paused: messages wait",
  closed: "🏁 closed",
};

/** The first post of a thread: name, state, participants, cost, buttons. */
export function rootBlocks(card: RootCard): Block[] {
  const state = `${stateLines[card.state]} · $${card.usd.toFixed(2)}`;
  const participants = participantBlock(card.participants);
  return [
    { type: "header", text: { type: "plain_text", text: plainLine(card.name, limits.header) || "room", emoji: false } },
    quietBlock(state),
    ...(participants === undefined ? [] : [participants]),
    ...buttonBlocks(card.buttons),
  ];
}

/** The root card in one line, for notifications. */
export const rootFallback = (card: RootCard): string =>
  escapeMrkdwn(`Room ${plainLine(card.name, limits.header)} · ${stateLines[card.state]}`);

function participantBlock(participants: RootCard["participants"]): Block | undefined {
  if (participants.length === 0) return undefined;
  const lines = participants.slice(0, shownParticipants).flatMap((participant): types.RichTextElement[] => {
    const { name, displayName, status } = participant;
    const shown = plainLine(displayName, 60) || name;
    const details = [shown.toLowerCase() === name ? "" : `@${name}`, plainLine(status, 100)];
    return [
      { type: "emoji", name: emojiOf(participant).replaceAll(":", "") },
      span(` ${shown}`, { bold: true }),
      span(`${details.flatMap((detail) => (detail === "" ? [] : ` · ${detail}`)).join("")}\n`),
    ];
  });
  const others = participants.length - shownParticipants;
  if (others > 0) lines.push(span(`and ${others} more`));
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: lines }] };
}

/** The card of an open gate, or of its outcome. The content is shown verbatim, without Slack's formatting. */
export function gateBlocks(card: GateCard): Block[] {
  const heading = rich([span(plainLine(card.heading, 500) || card.kind, { bold: true })]);
  const why = card.why.trim() === "" ? [] : [quietBlock(card.why)];
  const shown = bodyBlocks(card);
  const options = isWhole(card) ? optionBlocks(card.options ?? []) : [];
  if (card.resolved !== undefined)
    return [heading, ...shown, ...saidBlocks(card.resolved), resolvedBlock(card.resolved)];
  return [heading, ...why, ...shown, ...options, ...buttonBlocks(decidable(card))];
}

export const gateFallback = (card: GateCard): string => {
  const outcome = card.resolved === undefined ? "" : ` · ${card.resolved.outcome} by ${card.resolved.by}`;
  return escapeMrkdwn(plainLine(`${card.heading}${outcome}`, 1_000) || card.kind);
};

/** A gate that does not fit on the card cannot be decided from it: only its links stay. */
function decidable(card: GateCard): readonly ChatButton[] {
  return isWhole(card) ? card.buttons : card.buttons.filter(({ kind }) => kind === "link");
}

const optionChars = (options: GateCard["options"] = []): number =>
  options.reduce((sum, { label, description = "" }) => sum + label.length + description.length + optionMarkChars, 0);

/** Number, colon and line end of an option. */
const optionMarkChars = 8;

const isWhole = ({ body = "", options }: GateCard): boolean =>
  body.length + optionChars(options) <= slackSupports.maxCardChars + optionMarkChars * (options?.length ?? 0);

function bodyBlocks(card: GateCard): Block[] {
  const { body, options } = card;
  if (!isWhole(card)) return [quietBlock("This is too long to be shown here in full. Decide in the browser.")];
  if (body === undefined) return [];
  const text = visible(body, slackSupports.maxCardChars - optionChars(options));
  return pieces(text === "" ? " " : text, limits.section).map((piece) => ({
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [span(piece)] }],
  }));
}

/** The full meaning of the answers; hidden characters are shown as `�`, so that the text cannot grow. */
function optionBlocks(options: NonNullable<GateCard["options"]>): Block[] {
  if (options.length === 0) return [];
  const lines = options.flatMap(({ label, description = "" }, index) => {
    const about = description.trim() === "" ? "" : `: ${visible(description, description.length)}`;
    return [span(`${index + 1}. ${visible(label, label.length)}`, { bold: true }), span(`${about}\n`)];
  });
  return [rich(lines)];
}

/** An answer, or a reason. */
function saidBlocks({ text = "" }: NonNullable<GateCard["resolved"]>): Block[] {
  const said = visible(text.trim(), limits.saidText);
  return said === "" ? [] : [{ type: "rich_text", elements: [{ type: "rich_text_quote", elements: [span(said)] }] }];
}

function resolvedBlock({ outcome, by, atMs }: NonNullable<GateCard["resolved"]>): Block {
  const seconds = Math.floor(atMs / 1_000);
  const iso = new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
  const when = `<!date^${seconds}^{date_short_pretty} {time}|${iso} UTC>`;
  const text = `${outcomeMark(outcome)} ${escapeMrkdwn(outcome, 500)} by ${escapeMrkdwn(by, 200)} · ${when}`;
  return { type: "context", elements: [{ type: "mrkdwn", text, verbatim: true }] };
}

/** Buttons in rows; a button's id travels as it is, behind a prefix that says whose it is. */
export function buttonBlocks(buttons: readonly ChatButton[]): Block[] {
  const rows: Block[] = [];
  for (let from = 0; from < buttons.length; from += limits.buttonsPerBlock) {
    const row = buttons
      .slice(from, from + limits.buttonsPerBlock)
      .map((button, index) => buttonOf(button, from + index));
    rows.push({ type: "actions", elements: row });
  }
  return rows;
}

function buttonOf(button: ChatButton, index: number): types.Button {
  const text = { type: "plain_text" as const, text: plainLine(button.label, limits.buttonLabel) || "…", emoji: false };
  if (button.kind === "link") {
    return { type: "button", action_id: linkActionId(index), text, url: button.url.slice(0, limits.buttonUrl) };
  }
  const style = button.style === "plain" ? {} : { style: button.style };
  return { type: "button", action_id: pressActionId(button.id), value: button.id, text, ...style };
}

/** A quiet grey line that Slack does not parse. */
export function quietBlock(text: string): Block {
  const line = cut(visible(text, limits.section).trim(), limits.section);
  return { type: "context", elements: [{ type: "plain_text", text: line === "" ? "…" : line, emoji: false }] };
}

/** Text as it is, in the usual letters; Slack parses none of it. */
export function verbatimBlock(text: string): Block {
  return rich([span(text === "" ? " " : text)]);
}

const rich = (elements: Span[]): Block => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements }] });

const span = (text: string, style?: { bold: boolean }): Span =>
  style === undefined ? { type: "text", text } : { type: "text", text, style };
