import type { EventOf, GateOption, GateQuestion, Recipients } from "../../../core/room/event.js";
import { pushSummary } from "../../../core/room/push-summary.js";
import type { ChatSupports } from "../../../ports/chat.js";
import type { ChatButton, GateCard } from "../../../ports/chat-post.js";
import { gateButtonId } from "../button-id.js";
import { fitsFields } from "../form-fields.js";
import { filesOfGate } from "./carried-files.js";

/** A gate with what its card shows. */
export interface GateToShow {
  roomId: string;
  opened: EventOf<"gate.opened">;
  version: number;
  index: number;
  supports: ChatSupports;
  /** URL of the room's page; undefined where no address was set. */
  url: string | undefined;
  resolved?: GateCard["resolved"];
}

/** Maximum number of options shown as buttons. With more, the answer is typed. */
const maxOptionButtons = 10;
const maxLabelChars = 75;

/** Least room for the beginning of a text, characters. */
const minBeginning = 500;

/**
 * Renders a gate as a card. A text that does not fit shows its beginning, with the whole in a file, and is decided from the card all the same. Only
 * where options leave no room for it the gate is decided in the browser.
 */
export function gateCard(gate: GateToShow): GateCard {
  const { opened, supports, resolved } = gate;
  const { kind, options, content } = opened;
  const body = content?.push ? pushSummary(content.push) : opened.body;
  const room = supports.maxCardChars - (options ? JSON.stringify(options).length : 0);
  const heading = headingOf(opened);
  const why = [opened.why === heading ? "" : opened.why, filesOfGate(opened)].filter((part) => part !== "").join(". ");
  if (body.length > room && room < minBeginning) return browserCard(gate, heading);
  const isCut = body.length > room;
  const file = {
    name: `${opened.from}-${gate.version}.${kind === "tool" && !content?.push ? "json" : "md"}`,
    text: body,
  };
  const about = `This is the beginning of ${body.length} characters; the whole text is in the file ${file.name}`;
  return {
    kind,
    heading,
    why: isCut ? [why, about].filter((part) => part !== "").join(". ") : why,
    body: isCut ? beginningOf(body, room) : body,
    ...(isCut && { file }),
    ...(options && {
      options: options.map(({ label, description }) =>
        description === undefined ? { label } : { label, description },
      ),
    }),
    buttons: resolved ? [] : buttonsOf(gate),
    ...(resolved && { resolved }),
  };
}

/** Whole lines where the last one is not too long, and never half a character. */
function beginningOf(text: string, maxChars: number): string {
  const cut = text.slice(0, maxChars).replace(/[\uD800-\uDBFF]$/, "");
  const lineEnd = cut.lastIndexOf("\n");
  return lineEnd > maxChars / 2 ? cut.slice(0, lineEnd) : cut;
}

/** A card that leads to the page, for a gate whose text and answers cannot be shown together. */
function browserCard({ opened, url, resolved }: GateToShow, heading: string): GateCard {
  const { kind, body } = opened;
  const why = `${opened.why}. It has ${body.length} characters, too many to show here: look at it on Parley's page`;
  const buttons = resolved ? [] : linkTo(url, "Decide in the browser");
  return { kind, heading, why, buttons, ...(resolved && { resolved }) };
}

const linkTo = (url: string | undefined, label: string): ChatButton[] =>
  url === undefined ? [] : [{ kind: "link", url, label }];

function headingOf({ kind, from, to, tool }: EventOf<"gate.opened">): string {
  if (kind === "message") return `${from} wants to say to ${recipientsInWords(to)}`;
  if (kind === "tool") return `${from} wants to use ${tool ?? "a tool"}`;
  return kind === "question" ? `${from} asks` : "The agents were halted";
}

/** Recipients as a card names them. */
export function recipientsInWords(to: Recipients | undefined): string {
  if (to === undefined || to === "room") return "the room";
  return to.map((name) => `@${name}`).join(", ");
}

function buttonsOf(gate: GateToShow): ChatButton[] {
  const { opened, supports, url } = gate;
  const press = (choice: string, label: string, style: "primary" | "danger" | "plain" = "plain"): ChatButton => ({
    kind: "press",
    id: gateButtonId(gate.roomId, { version: gate.version, index: gate.index, hash: opened.hash, choice }),
    label,
    style,
  });
  const edit = fitsFields(opened.body, supports) ? [press("edit", "Edit…")] : [];
  const elsewhere = linkTo(url, "Edit in the browser");
  switch (opened.kind) {
    case "message":
      return [
        press("approve", "Approve", "primary"),
        ...(edit.length > 0 ? edit : elsewhere),
        press("drop", "Drop", "danger"),
        press("drop-reason", "Drop with a reason…"),
      ];
    case "question":
      return questionButtons(gate, press);
    case "tool":
      return [
        press("allow", "Allow", "primary"),
        press("allow-session", "Allow for this session"),
        ...(opened.content?.push ? linkTo(url, "See the changes") : edit),
        press("deny", "Deny", "danger"),
        press("deny-reason", "Deny with a reason…"),
      ];
    case "continue":
      return [press("continue", "Continue", "primary"), press("stop", "Stop", "danger")];
  }
}

type Press = (choice: string, label: string, style?: "primary" | "danger" | "plain") => ChatButton;

/** One question with few options has a button for each; several are answered in a form, or in the browser where no form can hold them. */
function questionButtons({ opened, supports, url }: GateToShow, press: Press): ChatButton[] {
  const questions = opened.content?.questions ?? [];
  const [first] = questions;
  const options = first && questions.length === 1 && !first.multiple ? first.options : (opened.options ?? []);
  const buttons = optionButtons(options, press);
  const answer = fitsForm(questions, supports)
    ? [press("answer", "Answer…", buttons.length > 0 ? "plain" : "primary")]
    : linkTo(url, "Answer in the browser");
  return [...buttons, ...answer, press("drop", "Drop", "danger")];
}

function optionButtons(options: readonly GateOption[], press: Press): ChatButton[] {
  if (options.length > maxOptionButtons) return [];
  return options.map(({ label }, at) => press(`option-${at}`, label.slice(0, maxLabelChars) || `Option ${at + 1}`));
}

/** Whether a platform can show these questions in one form, with all their options. */
function fitsForm(questions: readonly GateQuestion[], supports: ChatSupports): boolean {
  const options = Math.max(0, ...questions.map((question) => question.options.length));
  return questions.length <= supports.maxFormQuestions && options <= supports.maxFormOptions;
}
