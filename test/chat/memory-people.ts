import type { MemoryPlatform, ShownPost } from "../../adapters/memory/chat-platform.js";
import type { InboundAction, Reply } from "../../src/ports/chat-inbound.js";
import type { ChatPost } from "../../src/ports/chat-post.js";
import type { Answer, ChatDriver, Seen } from "../contract/chat-driver.js";

/** Actions of people, in the form in which a platform's adapter delivers them. */
export function inboundOf(
  platform: MemoryPlatform,
  action: Parameters<ChatDriver["act"]>[0],
  { user, files }: { user: string; files: number },
): InboundAction {
  if ("command" in action) return { kind: "command", text: action.command };
  if ("say" in action) {
    const { say, file, startsWithUser = false } = action;
    const url = `memory:file-${files}`;
    if (file)
      platform.files.set(
        url,
        file.text === undefined ? new Uint8Array(file.bytes) : new TextEncoder().encode(file.text),
      );
    return { kind: "message", text: say, startsWithUser, files: file ? [{ ...file, url }] : [] };
  }
  if ("edit" in action)
    return { kind: "correction", of: action.of, originalAtMs: writtenAt(platform, action), text: action.edit };
  if ("submit" in action) {
    const { form, submit, answers, fields } = action;
    const text = fields ? fields.filter((field) => field !== "").join("\n") : submit;
    return { kind: "submit", form: form.id, text, ...(answers && { answers }) };
  }
  return { kind: "press", button: buttonOn(platform, action, user) };
}

function writtenAt(
  platform: MemoryPlatform,
  { channel, thread, of }: { channel: string; thread?: string; of: string },
): number {
  for (const one of platform.thread(channel, thread ?? ""))
    if (one.kind === "person" && one.inbound.id === of) return one.inbound.atMs;
  return 0;
}

/** Every button ever shown: a click on a stale card is possible. */
const everShown = new WeakMap<MemoryPlatform, Map<string, string>>();

function buttonOn(
  platform: MemoryPlatform,
  {
    press,
    on,
    channel,
    thread,
    isStale,
  }: { press: string; on: string; channel: string; thread?: string; isStale?: boolean },
  userId: string,
): string {
  const known = everShown.get(platform) ?? new Map<string, string>();
  everShown.set(platform, known);
  for (const shown of platform.posts) {
    const { target, ids } = shown;
    const isHere =
      target.kind === "person"
        ? target.userId === userId
        : target.channel === channel && (ids[0] === thread || (target.kind === "thread" && target.thread === thread));
    if (!isHere || shown.isRemoved || !textOf(shown.post).includes(on)) continue;
    for (const button of buttonsOf(shown.post))
      if (button.kind === "press") known.set(`${ids[0]}/${button.label}`, button.id);
    const id = known.get(`${ids[0]}/${press}`);
    const isThere = buttonsOf(shown.post).some(({ label }) => label === press);
    if (id !== undefined && (isThere || isStale)) return id;
  }
  throw new Error(`there is no button “${press}” on a card with “${on}”`);
}

function buttonsOf(post: ChatPost) {
  if (post.kind === "gate") return post.gate.buttons;
  return post.kind === "root" ? post.card.buttons : [];
}

export function seenPost(shown: ShownPost): Seen[] {
  if (shown.isRemoved) return [];
  const { post } = shown;
  const { file: whole, attachment } =
    post.kind === "message" ? post.message : post.kind === "gate" ? { ...post.gate, attachment: undefined } : {};
  const file = whole?.text ?? (attachment && new TextDecoder().decode(attachment.bytes));
  return [
    {
      from: post.kind === "message" ? post.message.from.displayName : "Parley",
      isPerson: false,
      text: textOf(post),
      buttons: buttonsOf(post).map(({ label }) => label),
      ...(file !== undefined && { file }),
    },
  ];
}

function textOf(post: ChatPost): string {
  if (post.kind === "message") {
    const { to, text, part } = post.message;
    const names = to === "room" ? "" : ` → ${to.map(({ name }) => `@${name}`).join(", ")}`;
    return `${part.number === 1 ? names : ""}${text}`;
  }
  if (post.kind === "gate") {
    const { heading, why, body = "", options = [], resolved } = post.gate;
    const outcome = resolved ? `${resolved.text ?? ""}\n${resolved.outcome} by ${resolved.by}` : "";
    return [heading, why, body, ...options.map(({ label }) => label), outcome].join("\n");
  }
  if (post.kind !== "root") return post.text;
  const { name, state, participants, usd } = post.card;
  return [`${name}: ${state}, $${usd}`, ...participants.map((one) => `${one.name} ${one.role} ${one.status}`)].join(
    "\n",
  );
}

export function answerOf(id: string, reply: Reply | undefined): Answer {
  if (reply?.kind === "text") return { id, text: reply.text };
  if (reply?.kind !== "form") return { id };
  const { id: formId, label, value } = reply.form;
  return { id, form: { id: formId, label, value } };
}

/** Prints a thread for manual inspection. */
export function printThread(seen: readonly Seen[]): string {
  return seen
    .map(({ from, text, buttons }) => `${from}: ${text}${buttons.length > 0 ? ` [${buttons.join("] [")}]` : ""}`)
    .join("\n");
}
