import {
  type APIActionRowComponent,
  type APIComponentInMessageActionRow,
  type APIEmbed,
  ButtonStyle,
} from "discord.js";
import { outcomeMark } from "../../src/core/room/gate.js";
import { cut, plainLine, visible } from "../../src/core/text/visible-text.js";
import type { ChatButton, GateCard, RootCard } from "../../src/ports/chat-post.js";
import { menuId, pressId } from "./address.js";
import { discordSupports, limits } from "./limits.js";
import { codeBlock, plainText } from "./safe-text.js";

type Row = APIActionRowComponent<APIComponentInMessageActionRow>;

export interface Card {
  embeds: APIEmbed[];
  components: Row[];
}

/** Maximum participants listed on a root card; the others are counted. */
const shownParticipants = 20;
const grey = 0x808080;
const colours = {
  active: 0x2e_a0_43,
  halted: 0xd2_99_22,
  paused: 0xd2_99_22,
  closed: grey,
  waits: 0xd2_99_22,
} as const;

const stateLines: Readonly<Record<RootCard["state"], string>> = {
  active: "🟢 active",
  halted: "✋ halted: messages wait until somebody decides",
  paused: "⏸ paused: messages wait",
  closed: "🏁 closed",
};

/** The first post of a thread: name, state, participants, cost, buttons. */
export function rootCard(card: RootCard): Card {
  const people = card.participants.slice(0, shownParticipants).map(({ displayName, name, status }) => {
    const shown = plainText(displayName, 60) || name;
    const details = [shown.toLowerCase() === name ? "" : `@${plainText(name, 40)}`, plainText(status, 60)];
    return [`**${shown}**`, ...details.filter((detail) => detail !== "")].join(" · ");
  });
  const others = card.participants.length - shownParticipants;
  const lines = [`${stateLines[card.state]} · $${card.usd.toFixed(2)}`, ...people];
  if (others > 0) lines.push(`and ${others} more`);
  return {
    embeds: [
      {
        title: plainText(card.name, limits.embedTitle) || "room",
        description: cut(lines.join("\n"), limits.embedDescription),
        color: colours[card.state],
      },
    ],
    components: rowsOf(card.buttons),
  };
}

/** A gate that waits, or its outcome. The content is shown verbatim. */
export function gateCard(card: GateCard): Card {
  const { resolved } = card;
  const parts = bodyOf(resolved === undefined ? card : withoutOptions(card));
  const why = card.why.trim() === "" || resolved !== undefined ? [] : [plainText(card.why, 500)];
  const outcome = resolved === undefined ? [] : [outcomeLine(resolved)];
  const description = [...why, ...parts.shown, ...outcome].join("\n");
  const embed: APIEmbed = {
    title: plainText(card.heading, limits.embedTitle) || card.kind,
    ...(description === "" ? {} : { description: cut(description, limits.embedDescription) }),
    color: resolved === undefined ? colours.waits : grey,
  };
  const buttons = parts.isWhole ? card.buttons : card.buttons.filter(({ kind }) => kind === "link");
  return { embeds: [embed], components: resolved === undefined ? rowsOf(buttons, card.options) : [] };
}

/** Drops the options: they no longer matter once the gate is decided. */
function withoutOptions({ options: _options, ...card }: GateCard): GateCard {
  return card;
}

function outcomeLine({ outcome, by, atMs, text = "" }: NonNullable<GateCard["resolved"]>): string {
  const said = text.trim() === "" ? "" : `${quoted(text)}\n`;
  return `${said}${outcomeMark(outcome)} ${plainText(outcome, 200)} by ${plainText(by, 100)} · <t:${Math.floor(atMs / 1_000)}:f>`;
}

const tooLong = "This is too long to be shown here in full. Decide in the browser.";

/** An answer may have a line for each question. */
function quoted(text: string): string {
  const lines = cut(text.trim(), limits.saidText).split("\n");
  return lines.map((line) => `> ${plainText(line, limits.saidText)}`).join("\n");
}

/** A gate that does not fit on the card cannot be decided from it. */
function bodyOf({ body, options = [] }: GateCard): { isWhole: boolean; shown: string[] } {
  const listed = options.map(({ label, description = "" }, index) => {
    const about = description.trim() === "" ? "" : `: ${plainText(description, 1_000)}`;
    return `**${index + 1}. ${plainText(label, 500)}**${about}`;
  });
  const shown = body === undefined ? [] : [codeBlock(visible(body, discordSupports.maxCardChars))];
  const chars = [...shown, ...listed].join("\n").length;
  const spare = 850;
  const isWhole = (body?.length ?? 0) <= discordSupports.maxCardChars && chars <= limits.embedDescription - spare + 300;
  return isWhole ? { isWhole, shown: [...shown, ...listed] } : { isWhole, shown: [tooLong] };
}

/** Buttons in rows; many answers to a question come as a menu. */
export function rowsOf(buttons: readonly ChatButton[], options: GateCard["options"] = []): Row[] {
  const isMenu = buttons.length > limits.buttonsPerRow && options.length > 2;
  const inMenu = isMenu ? buttons.filter(isAnswer(options)).slice(0, limits.selectOptions) : [];
  const others = buttons.filter((button) => !inMenu.includes(button));
  const rows: Row[] = inMenu.length === 0 ? [] : [menuRow(inMenu, options)];
  for (let from = 0; from < others.length && rows.length < limits.rows; from += limits.buttonsPerRow)
    rows.push({ type: 1, components: others.slice(from, from + limits.buttonsPerRow).map(buttonOf) });
  return rows;
}

const isAnswer =
  (options: NonNullable<GateCard["options"]>) =>
  (button: ChatButton): boolean =>
    button.kind === "press" && options.some(({ label }) => label.startsWith(button.label.replace(/…$/, "")));

function menuRow(buttons: readonly ChatButton[], options: NonNullable<GateCard["options"]>): Row {
  const list = buttons.flatMap((button) => {
    if (button.kind !== "press") return [];
    const about = options.find(({ label }) => label.startsWith(button.label.replace(/…$/, "")))?.description ?? "";
    const description = plainLine(about, limits.optionText);
    return [
      {
        label: plainLine(button.label, limits.optionText) || "…",
        value: button.id,
        ...(description === "" ? {} : { description }),
      },
    ];
  });
  return { type: 1, components: [{ type: 3, custom_id: menuId, placeholder: "Choose an answer", options: list }] };
}

function buttonOf(button: ChatButton): APIComponentInMessageActionRow {
  const label = plainLine(button.label, limits.buttonLabel) || "…";
  if (button.kind === "link") return { type: 2, style: ButtonStyle.Link, label, url: button.url };
  const styles = { primary: ButtonStyle.Primary, danger: ButtonStyle.Danger, plain: ButtonStyle.Secondary } as const;
  return { type: 2, style: styles[button.style], label, custom_id: pressId(button.id) };
}
