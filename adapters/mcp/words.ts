import type { Recipients } from "../../src/core/room/event.js";
import type { TakenTurn } from "../../src/ports/agent-mailbox.js";
import type { DoorLook, DoorMessage, DoorMessages } from "../../src/ports/agent-reading.js";
import type { Asked, Said, SaidMessage } from "../../src/ports/agent-speech.js";

/** The messages of a turn, each framed so that no text inside passes for the frame. */
export function turnText({ turnId, messages }: TakenTurn): string {
  const texts = messages.map(({ text }) => text);
  return [`turn ${turnId}`, ...texts, `When you have dealt with this: listen with done ${turnId}.`].join("\n\n");
}

/** What became of each message. Only a message that is in the log is called sent. */
export function saidText({ messages, isRepeat, isHalted }: Said): string {
  const lines = messages.map(becameText);
  if (isRepeat) lines.unshift("You said this before; it was not said again.");
  if (isHalted) lines.push("The loop guard has halted the agents until a person decides. Do not go on.");
  return lines.length > 0 ? lines.join("\n") : "Nothing was sent.";
}

function becameText(message: SaidMessage): string {
  if (message.became === "bounced") return `Not sent: ${message.detail}`;
  if (message.became === "held") return `Held until a person decides (${message.gateId}); nobody has it yet.`;
  return `Sent ${message.messageId} to ${namesOf(message.to)}${deliveryText(message.delivery)}.`;
}

/** Whether the question reached somebody, or waits for the first person who comes. */
export function askedText({ gateId, isAnybodyThere, isRepeat }: Asked): string {
  const where = isAnybodyThere ? "A person who may answer is here." : "It is queued: nobody who may answer is here.";
  return `${isRepeat ? "Asked before" : "Asked"} (${gateId}). ${where} The answer comes with listen.`;
}

/** The room, its participants and the agent's own open questions. */
export function lookText({ room, state, you, participants, open }: DoorLook): string {
  const others = participants.map(({ name, kind, role, status, note }) => {
    const isYou = name === you.name ? " (you)" : "";
    return `@${name}${isYou}: ${kind === "agent" ? `agent, ${role}` : role}, ${note ?? status}`;
  });
  return [
    `Room ${room}, ${state}. ${you.waiting} messages wait for you.`,
    ...others,
    ...open.map(
      ({ gateId, kind }) => `${kind === "question" ? "Your question" : "Your held message"} ${gateId} waits.`,
    ),
  ].join("\n");
}

/** A page that is read back. The texts are those of others: each line of one is marked. */
export function messagesText({ messages, next }: DoorMessages): string {
  const lines = messages.map((message) => `${headOf(message)}\n${quoted(message.body)}`);
  if (lines.length === 0) lines.push("No message found.");
  if (next !== undefined) lines.push(`Older: read with before ${next}`);
  return lines.join("\n");
}

/** The agent's last messages with how far they came, and what of it waits for a person. */
export function receiptsText({ messages }: DoorMessages, look: DoorLook | undefined): string {
  const sent = messages.map((message) => `${headOf(message)}${deliveryText(message.delivery)}`);
  const held = (look?.open ?? []).map(({ gateId, kind }) => `${gateId}: ${kind}, waits for a person`);
  const lines = [...sent, ...held];
  return lines.length > 0 ? lines.join("\n") : "You have sent nothing yet.";
}

function headOf({ messageId, from, to, at }: DoorMessage): string {
  return `${messageId} @${from} to ${namesOf(to)}, ${new Date(at).toISOString()}`;
}

function namesOf(to: Recipients): string {
  return to === "room" ? "the room" : to.map((name) => `@${name}`).join(", ");
}

function deliveryText(delivery: DoorMessage["delivery"]): string {
  const states = Object.entries(delivery).map(([name, state]) => `${name} ${state}`);
  return states.length > 0 ? ` (${states.join(", ")})` : "";
}

const quoted = (text: string): string => text.replaceAll(/^/gm, "> ");
