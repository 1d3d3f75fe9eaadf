import type { Recipients } from "../room/event.js";
import { type Directive, MAX_BODY_BYTES, MAX_DIRECTIVES, utf8Bytes } from "./directive.js";
import { GROUP_HUMANS, GROUP_ROOM } from "./known.js";

/** Participants currently in the room. */
export interface Addressee {
  readonly name: string;
  readonly kind: "agent" | "human";
}

export type AddressBounceReason = "nobody" | "unknown-name" | "empty-body" | "body-too-long" | "too-many-directives";

/** Where a message goes, or why it goes nowhere; `detail` is for its sender: what happened and what would have worked. */
export type Resolution =
  | { kind: "ok"; to: Recipients }
  | { kind: "bounce"; reason: AddressBounceReason; detail: string };

export interface ResolveInput {
  /** As `parseDirectives` or `parseAddressed` gave them; none means the room. */
  readonly names: readonly string[];
  readonly body: string;
  /** Name of the sender; it never gets its own message. */
  readonly sender: string;
  /** Everyone in the room now, the sender included or not. */
  readonly participants: readonly Addressee[];
}

export interface ResolveBlockInput {
  /** All directives of one text block. */
  readonly directives: readonly Directive[];
  readonly sender: string;
  readonly participants: readonly Addressee[];
}

export interface ResolvedDirective {
  readonly directive: Directive;
  readonly resolution: Resolution;
}

const MAX_LISTED_NAMES = 20;
const NOT_SENT = "This message was not sent.";

/**
 * The recipients of one message. `@room` and its synonyms go to the room even if it is empty, because viewers and chat threads show it too.
 * The first reason that holds is given, in the order unknown-name, nobody, empty-body, body-too-long.
 */
export function resolveRecipients(input: ResolveInput): Resolution {
  const { names, body, sender, participants } = input;
  const present = new Set(participants.map(({ name }) => name));
  const unknown = names.filter((name) => !present.has(name) && !isGroup(name) && name !== sender);
  if (unknown.length > 0) return bounce("unknown-name", unknownDetail(unknown, input));
  const to = names.length === 0 || names.some((name) => GROUP_ROOM.has(name)) ? "room" : expand(input);
  if (to.length === 0) return bounce("nobody", nobodyDetail(input));
  if (body.trim() === "") return bounce("empty-body", emptyDetail(names));
  if (exceedsMaxBody(body)) return bounce("body-too-long", tooLongDetail(body));
  return { kind: "ok", to };
}

/**
 * Every directive of a block with its recipients. More than `MAX_DIRECTIVES` bounce as one, on the first of them:
 * a block goes out whole or, when it looks like a pasted list, not at all.
 */
export function resolveBlock({ directives, sender, participants }: ResolveBlockInput): ResolvedDirective[] {
  const [first] = directives;
  if (first !== undefined && directives.length > MAX_DIRECTIVES) {
    return [{ directive: first, resolution: bounce("too-many-directives", tooManyDetail()) }];
  }
  return directives.map((directive) => ({
    directive,
    resolution: resolveRecipients({ names: directive.names, body: directive.body, sender, participants }),
  }));
}

function expand({ names, sender, participants }: ResolveInput): string[] {
  const people = participants.filter(({ kind }) => kind === "human").map(({ name }) => name);
  const named = names.flatMap((name) => (GROUP_HUMANS.has(name) ? people : [name]));
  return [...new Set(named)].filter((name) => name !== sender);
}

function bounce(reason: AddressBounceReason, detail: string): Resolution {
  return { kind: "bounce", reason, detail };
}

function isGroup(name: string): boolean {
  return GROUP_ROOM.has(name) || GROUP_HUMANS.has(name);
}

function exceedsMaxBody(body: string): boolean {
  if (body.length > MAX_BODY_BYTES) return true;
  return body.length * 3 > MAX_BODY_BYTES && utf8Bytes(body) > MAX_BODY_BYTES;
}

function unknownDetail(unknown: readonly string[], input: ResolveInput): string {
  const verb = unknown.length === 1 ? "is" : "are";
  return `${list(unknown.map(at))} ${verb} not in this room. ${NOT_SENT} ${whoThereIs(input)}`;
}

function nobodyDetail(input: ResolveInput): string {
  const asksPeople = input.names.some((name) => GROUP_HUMANS.has(name));
  const why = asksPeople ? "No other person is in this room yet." : "You named only yourself.";
  return `${why} ${NOT_SENT} ${whoThereIs(input)}`;
}

function emptyDetail(names: readonly string[]): string {
  const example = names.length === 0 ? "@room" : list(names.map(at));
  return `No text follows ${example}. ${NOT_SENT} Write the message behind the name, on the same line or below it.`;
}

function tooLongDetail(body: string): string {
  const size = `The message has ${utf8Bytes(body)} bytes; ${MAX_BODY_BYTES} is the most.`;
  return `${size} ${NOT_SENT} Put the long part in a file and say where it is, or split it.`;
}

function tooManyDetail(): string {
  const size = `This text has more than ${MAX_DIRECTIVES} directives.`;
  return `${size} None of them was sent. Put names that get the same text on one line; put pasted text in a code fence.`;
}

function whoThereIs({ sender, participants }: ResolveInput): string {
  const others = participants.map(({ name }) => name).filter((name) => name !== sender);
  const people = participants.some(({ name, kind }) => kind === "human" && name !== sender);
  const groups = people ? ["@room (everyone)", "@human (the people)"] : ["@room (everyone)"];
  return `You can write to ${list([...others.map(at), ...groups], groups.length)}.`;
}

function at(name: string): string {
  return `@${name}`;
}

/** `a, b and c`; long lists are cut, but never their last `keepLast` items. */
function list(items: readonly string[], keepLast = 0): string {
  const left = items.length - MAX_LISTED_NAMES;
  const tail = items.slice(items.length - keepLast);
  const shown = left <= 0 ? items : [...items.slice(0, MAX_LISTED_NAMES - keepLast), `${left} more`, ...tail];
  if (shown.length <= 1) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
