import type { EventOf } from "../../../core/room/event.js";
import { rejectionIfForbidden, roleMay } from "../../../core/room/rights.js";
import type { Room } from "../../../core/room/room.js";
import type { Chat, ChatSupports } from "../../../ports/chat.js";
import type { ChatForm, FormSubmission, Inbound } from "../../../ports/chat-inbound.js";
import { decideGate, type GateChoice } from "../../rooms/decide-gate.js";
import type { RoomService } from "../../rooms/service.js";
import { type ButtonMeaning, readButtonId } from "../button-id.js";
import { fieldsOf } from "../form-fields.js";
import { type Handled, nothing, say } from "./messages.js";
import type { People } from "./people.js";
import { choiceOfForm, questionForm } from "./question-forms.js";

type GateButton = Extract<ButtonMeaning, { kind: "gate" }>;

export interface ButtonClicksOptions {
  chats: ReadonlyMap<string, Chat>;
  rooms: RoomService;
  people: People;
  sha256: (text: string) => string;
  /** Runs a command in this room as if it had been typed there. */
  command: (from: Inbound, roomId: string, text: string) => Promise<Handled>;
}

/** Handles button clicks and submitted forms. */
export interface ButtonClicks {
  clicked(from: Inbound, button: string): Promise<Handled>;
  submitted(from: Inbound, submission: Omit<FormSubmission, "kind">): Promise<Handled>;
}

const unknownButton = say("Parley does not know this button, or no longer does. Nothing was done.");
const maxAddChars = 100;

export function createButtonClicks(options: ButtonClicksOptions): ButtonClicks {
  const { rooms, people, chats, sha256 } = options;

  async function clicked(from: Inbound, button: string): Promise<Handled> {
    const meaning = readButtonId(button);
    if (!meaning) return unknownButton;
    if (meaning.kind === "gate") return pressedGate(from, meaning, button);
    if (meaning.verb === "add") return { reply: { kind: "form", form: addForm(button) } };
    return quietly(await options.command(from, meaning.roomId, meaning.verb));
  }

  async function submitted(from: Inbound, submission: Omit<FormSubmission, "kind">): Promise<Handled> {
    const { form, text } = submission;
    const meaning = readButtonId(form);
    if (!meaning) return unknownButton;
    if (meaning.kind === "room") return quietly(await options.command(from, meaning.roomId, `${meaning.verb} ${text}`));
    const opened = await openedAt(meaning);
    const choice = opened && writtenChoice(opened, meaning.choice, submission);
    return opened && choice ? decide(from, { meaning, opened, choice }) : unknownButton;
  }

  async function pressedGate(from: Inbound, meaning: GateButton, button: string): Promise<Handled> {
    const opened = await openedAt(meaning);
    if (!opened) return unknownButton;
    const choice = directChoice(opened, meaning.choice);
    if (choice) return decide(from, { meaning, opened, choice });
    const form = formFor(opened, meaning.choice, {
      id: button,
      supports: chats.get(from.platform)?.supports,
    });
    if (!form) return unknownButton;
    const name = await people.known(meaning.roomId, from);
    const refused = await rooms.peek(meaning.roomId, (room) => whyNot(room, name, opened.gateId), { fresh: true });
    return refused === undefined ? { reply: { kind: "form", form } } : say(refused);
  }

  async function openedAt({ roomId, version, index, proof }: GateButton): Promise<EventOf<"gate.opened"> | undefined> {
    const event = (await rooms.eventsAt(roomId, version))[index];
    return event?.type === "gate.opened" && event.hash.startsWith(proof) ? event : undefined;
  }

  async function decide(
    from: Inbound,
    { meaning, opened, choice }: { meaning: GateButton; opened: EventOf<"gate.opened">; choice: GateChoice },
  ): Promise<Handled> {
    const { roomId } = meaning;
    const name = await people.known(roomId, from);
    if (name === undefined) return say(await rooms.peek(roomId, (room) => strangerRefusal(room)));
    const executed = await decideGate(rooms, {
      roomId,
      gateId: opened.gateId,
      actor: { kind: "person", name },
      choice,
      hash: opened.hash,
      messageId: `${from.platform}-${sha256(from.id).slice(0, 20)}`,
    });
    if (executed.kind !== "rejected") return nothing;
    const { rejection } = executed;
    if (rejection.code === "gate_already_resolved") return say(`Too late: ${rejection.detail}. Nothing was changed.`);
    return say(`Nothing was decided: ${rejection.detail}.`);
  }

  return { clicked, submitted };
}

/** Replies only on failure: the effect of a button is visible in the thread. */
function quietly(handled: Handled & { isDone?: boolean }): Handled {
  return handled.isDone ? nothing : handled;
}

function whyNot(room: Room, name: string | undefined, gateId: string): string | undefined {
  if (name === undefined) return strangerRefusal(room);
  const resolved = room.resolvedGates.get(gateId);
  if (resolved) return `Too late: ${resolved.by} was first: ${resolved.outcome}.`;
  if (!room.gates.has(gateId)) return "This does not wait for a decision any more.";
  return rejectionIfForbidden(room, { kind: "person", name }, "decide")?.detail;
}

/** Tells a person who is not in the room, or may not decide, who may. */
function strangerRefusal(room: Room): string {
  const deciders = [...room.participants.values()].flatMap((one) =>
    one.kind === "human" && one.leftVersion === undefined && roleMay(one.role, "decide") ? [one.name] : [],
  );
  const shown = deciders.slice(0, 10).join(", ");
  return `Nothing was decided: you may not decide in this room. ${shown === "" ? "Nobody in it may" : `These may: ${shown}`}.`;
}

function directChoice(opened: EventOf<"gate.opened">, choice: string): GateChoice | undefined {
  if (choice === "allow-session") return { action: "allow", remember: "session" };
  if (choice.startsWith("option-")) {
    return opened.kind === "question" ? chosenOption(opened, Number(choice.slice("option-".length))) : undefined;
  }
  const direct = ["approve", "drop", "allow", "deny", "continue", "stop"] as const;
  const action = direct.find((known) => known === choice);
  return action && { action };
}

/** The button of an option: of the gate's own, or of its one question. */
function chosenOption({ options = [], content }: EventOf<"gate.opened">, at: number): GateChoice | undefined {
  const [question] = content?.questions ?? [];
  const label = (question ? question.options : options)[at]?.label;
  if (label === undefined) return undefined;
  return question
    ? { action: "answer", choices: { [question.id]: { options: [label] } } }
    : { action: "answer", body: label };
}

function writtenChoice(
  { kind, content }: EventOf<"gate.opened">,
  choice: string,
  { text, answers }: Omit<FormSubmission, "kind">,
): GateChoice | undefined {
  const questions = content?.questions ?? [];
  if (choice === "answer" && answers && questions.length > 0) return choiceOfForm(questions, { text, answers });
  if (choice === "edit") return { action: kind === "tool" ? "allow" : "edit", body: text };
  if (choice === "answer") return { action: "answer", body: text };
  if (choice === "drop-reason") return { action: "drop", reason: text };
  return choice === "deny-reason" ? { action: "deny", reason: text } : undefined;
}

function formFor(
  opened: EventOf<"gate.opened">,
  choice: string,
  { id, supports }: { id: string; supports: ChatSupports | undefined },
): ChatForm | undefined {
  if (supports === undefined) return undefined;
  const { kind, body } = opened;
  const { maxFormChars } = supports;
  const field = { id, value: "", multiline: true, maxChars: maxFormChars };
  const fields = choice === "edit" ? fieldsOf(body, supports) : undefined;
  if (fields !== undefined) {
    const label = kind === "tool" ? "The tool's input (JSON)" : "The message";
    return {
      ...field,
      title: kind === "tool" ? "Edit the input" : "Edit the message",
      label,
      value: fields[0] ?? "",
      required: true,
      ...(fields.length > 1 && { fields }),
    };
  }
  const asked = choice === "answer" ? questionForm(opened, { id, maxChars: maxFormChars }) : undefined;
  if (asked) return asked;
  if (choice === "answer") return { ...field, title: "Answer", label: "Your answer", required: true };
  if (choice === "drop-reason") return { ...field, title: "Drop", label: "Reason, for the agent", required: false };
  if (choice === "deny-reason") return { ...field, title: "Deny", label: "Reason, for the agent", required: false };
  return undefined;
}

function addForm(id: string): ChatForm {
  const label = "Role, or: role as name";
  return { id, title: "Add an agent", label, value: "", multiline: false, required: true, maxChars: maxAddChars };
}
