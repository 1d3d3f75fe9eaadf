import { readSetting, type TypedSetting } from "./agent-setting.js";
import { bareName, messageColon, type NewRoomOptions, plainPunctuation, takeOptions, unquoted } from "./as-typed.js";

/** Chat commands after `/room`, the same on every platform. `room` is the room's name if it does not follow from the thread. */
export type ChatCommand =
  | { verb: "new"; name: string; agents: AskedAgent[]; message?: string; options?: NewRoomOptions }
  | { verb: "help" }
  | { verb: "list" }
  | { [Verb in RoomVerb]: { verb: Verb; room?: string } }[RoomVerb]
  | { verb: "add"; agent: AskedAgent; message?: string; room?: string }
  | { verb: "remove"; name: string; room?: string }
  | { verb: "interrupt"; name: string; room?: string }
  | { verb: "fresh"; name: string; room?: string }
  | { verb: "retry"; name?: string; room?: string }
  | { verb: "set"; name: string; setting: TypedSetting; room?: string }
  | { verb: "find"; words: string }
  | { verb: "rules"; options: NewRoomOptions; room?: string }
  | { verb: "invite"; role: InviteRole; room?: string }
  | { verb: "attach"; target: string };

/** An agent named in a command. */
export interface AskedAgent {
  role: string;
  name: string;
}

const roomVerbs = ["show", "open", "who", "gates", "usage", "pause", "resume", "stop", "close", "detach"] as const;
type RoomVerb = (typeof roomVerbs)[number];
const inviteRoles = ["member", "viewer", "approver", "owner"] as const;
/** Role that an invite can give. */
export type InviteRole = (typeof inviteRoles)[number];

const usages: Readonly<Record<ChatCommand["verb"], string>> = {
  new: "new <name> [with <role>[ as <name>], …] [--repo <address>] [--branch <name>] [--gate never|always|first] [--ask-in thread|approvers] [--model <name>] [--budget <usd>] [--egress <host>] [--provider-access <what>] [--reminder <time>] [: first message]",
  list: "list",
  find: "find <words of a name>",
  show: "show [<room>]",
  open: "open [<room>]",
  rules:
    "rules [--name <name>] [--gate never|always|first] [--ask-in thread|approvers] [--budget <usd>] [--egress <host>] [--provider-access <what>] [--reminder <time>] [in <room>]",
  add: "add <role> [as <name>] [in <room>] [: first message]",
  remove: "remove <name> [in <room>]",
  interrupt: "interrupt <agent> [in <room>]",
  retry: "retry [<agent>] [in <room>]",
  fresh: "fresh <agent> [in <room>]",
  set: "set <agent> model|effort|mode|role|gate|budget <value> [in <room>]",
  invite: "invite [member|viewer|approver|owner] [in <room>]",
  pause: "pause [<room>]",
  resume: "resume [<room>]",
  stop: "stop [<room>]",
  close: "close [<room>]",
  attach: "attach <invite code or room>",
  detach: "detach [<room>]",
  who: "who [<room>]",
  gates: "gates [<room>]",
  usage: "usage [<room>]",
  help: "help",
};

const meanings: Readonly<Record<ChatCommand["verb"], string>> = {
  new: "a room with agents, in a thread of its own",
  list: "rooms of this channel, and yours",
  find: "those of them whose name has these words",
  show: "a room's state",
  open: "a link for you alone to the room's page; it works once",
  rules: "change a room's name or rules; `set` with such options does the same",
  add: "one more agent",
  remove: "an agent leaves",
  interrupt: "one agent stops what it does; the others go on",
  retry: "what failed last is delivered again",
  fresh: "an agent gets a new conversation on the same work folder",
  set: "an agent works by another setting, or by `prompt <text>`; it holds from its next turn on at the latest",
  invite: "a code that lets somebody in",
  pause: "agents finish and start nothing new",
  resume: "they go on",
  stop: "every agent stops now",
  close: "the room ends; it can still be read",
  attach: "show an existing room in this channel too",
  detach: "stop showing it in this channel",
  who: "who is in the room",
  gates: "what waits for a decision",
  usage: "what the room has spent",
  help: "this list",
};

/** Verbs of `/room`, in the order in which its help lists them. */
export const chatVerbs = Object.keys(usages) as ChatCommand["verb"][];

/** `detail` says what was wrong and suggests a working form. */
export type ParsedChatCommand = { kind: "ok"; command: ChatCommand } | { kind: "problem"; detail: string };

/** Characters of a room’s name. */
export const maxRoomNameChars = 80;
const maxAgents = 20;

/** Every command with its meaning; `prefix` is what stands before it there, such as `/room`. */
export function chatHelp(prefix: string): string {
  return chatVerbs.map((verb) => `\`${prefix} ${usages[verb]}\`: ${meanings[verb]}`).join("\n");
}

/** Parses the text after `/room` or a mention of Parley. Empty text is `help`. `prefix` is the form that a problem's `detail` suggests. Never throws. */
export function parseChatCommand(text: string, prefix: string): ParsedChatCommand {
  const trimmed = text.trim();
  const typed = /^\S*/.exec(trimmed)?.[0] ?? "";
  const rest = trimmed.slice(typed.length).trim();
  const word = verbOf(bareName(typed).toLowerCase(), rest);
  if (word === "") return ok({ verb: "help" });
  if (!isVerb(word)) return problem(unknownVerb(word, prefix));
  const command = parseVerb(word, rest);
  return typeof command === "string" ? problem(`${command} It goes: \`${prefix} ${usages[word]}\``) : ok(command);
}

/** `set` followed by an option is about the room, not about an agent. */
const verbOf = (word: string, rest: string): string => (word === "set" && /^[-—–]/.test(rest) ? "rules" : word);

function ok(command: ChatCommand): ParsedChatCommand {
  return { kind: "ok", command };
}

function problem(detail: string): ParsedChatCommand {
  return { kind: "problem", detail };
}

function isVerb(word: string): word is ChatCommand["verb"] {
  return Object.hasOwn(usages, word);
}

function unknownVerb(word: string, prefix: string): string {
  const near = chatVerbs.find((verb) => verb.startsWith(word) || word.startsWith(verb) || differsByOne(verb, word));
  const shown = word.slice(0, 40);
  if (near) return `There is no command “${shown}”. Did you mean \`${prefix} ${usages[near]}\`?`;
  return `There is no command “${shown}”. There are: ${chatVerbs.join(", ")}. \`${prefix} help\` explains them.`;
}

/** One character more, less, other, or two swapped. */
function differsByOne(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}

/** The command, or its problem. */
function parseVerb(verb: ChatCommand["verb"], rest: string): ChatCommand | string {
  switch (verb) {
    case "new":
      return parseNew(rest);
    case "help":
    case "list":
      return rest === "" ? { verb } : `“${verb}” takes nothing behind it.`;
    case "add":
      return parseAdd(rest);
    case "remove":
    case "interrupt":
    case "fresh":
      return parseNamed(verb, rest);
    case "retry":
      return parseRetry(rest);
    case "rules":
      return parseRules(rest);
    case "set":
      return parseSet(rest);
    case "find":
      return rest === "" ? "Which words?" : { verb, words: unquoted(rest) };
    case "invite":
      return parseInvite(rest);
    case "attach":
      return rest === ""
        ? "Which room? Give its invite code, or the name of a room of yours."
        : { verb, target: unquoted(rest) };
    default:
      return { verb, ...(rest !== "" && { room: unquoted(rest.replace(/^in\s+/i, "")) }) };
  }
}

function parseNew(typed: string): ChatCommand | string {
  const taken = takeOptions(typed.replace(/(^|\s)[—–](?=[a-z])/gi, "$1--"));
  if (typeof taken === "string") return taken;
  const { rest, options } = taken;
  if (options.name !== undefined) return "The name stands first, without --name.";
  const colon = rest.search(messageColon);
  const head = plainPunctuation(colon < 0 ? rest : rest.slice(0, colon));
  const message = colon < 0 ? "" : rest.slice(colon + 1).trim();
  if (colon >= 0 && message === "") return "No message follows the colon.";
  const [, name = "", list] = /^(.*?)(?:(?:^|\s+)with(?:\s+(.*))?)?$/is.exec(head.trim()) ?? [];
  const shown = unquoted(name.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")).trim();
  if (shown === "") return "The room needs a name.";
  if (shown.length > maxRoomNameChars) return `A room's name has at most ${maxRoomNameChars} characters.`;
  const asked = / with$/i.test(` ${head.trim()}`) ? "" : list;
  const agents = asked === undefined ? [] : parseAgents(asked);
  if (typeof agents === "string") return agents;
  const given = Object.keys(options).length > 0 && { options };
  return { verb: "new", name: shown, agents, ...(message !== "" && { message }), ...given };
}

function parseRules(typed: string): ChatCommand | string {
  const taken = takeOptions(typed.replace(/(^|\s)[—–](?=[a-z])/gi, "$1--"));
  if (typeof taken === "string") return taken;
  const { rest, options } = taken;
  const fixed = (["repository", "branch", "model"] as const).find((name) => options[name] !== undefined);
  if (fixed !== undefined) return `The ${fixed} is chosen when a room is made.`;
  const empty = /(?:^|\s)(--[a-z-]+)/i.exec(rest)?.[1];
  if (empty !== undefined) return `${empty.slice(0, 40)} needs a value.`;
  if (Object.keys(options).length === 0) return "What shall change?";
  if ((options.name?.length ?? 0) > maxRoomNameChars)
    return `A room's name has at most ${maxRoomNameChars} characters.`;
  const room = unquoted(rest.trim().replace(/^in\s+/i, ""));
  return { verb: "rules", options, ...(room !== "" && { room }) };
}

function parseAgents(list: string): AskedAgent[] | string {
  const agents: AskedAgent[] = [];
  for (const item of list.split(/\s*,\s*(?:and\s+)?|\s+and\s+/i)) {
    const agent = parseAgent(item);
    if (!agent)
      return item.trim() === "" ? "An agent is missing in the list." : `“${item.slice(0, 60)}” is not an agent.`;
    agents.push(agent);
  }
  return agents.length > maxAgents ? `A room starts with at most ${maxAgents} agents.` : agents;
}

/** `role` or `role as name`. */
function parseAgent(text: string): AskedAgent | undefined {
  const [, typedRole = "", typedName] = /^(\S+)(?:\s+as\s+(\S+))?$/i.exec(bareName(text.trim())) ?? [];
  const [role, name] = [nameIn(typedRole), typedName === undefined ? undefined : nameIn(typedName)];
  return role === "" || name === "" ? undefined : { role: role.toLowerCase(), name: (name ?? role).toLowerCase() };
}

/** A name as it is written about: quoted, bold, with an `@` or the mark that ends a sentence. */
const nameIn = (typed: string): string => bareName(bareName(typed).replace(/^@/, ""));

/** The words before ` in <room>`, and the room. */
function beforeRoom(rest: string): { head: string; room?: string } {
  const match = /^(.*?)(?:^|\s+)in\s+(.+)$/is.exec(rest);
  return match ? { head: match[1]?.trim() ?? "", room: unquoted(match[2] ?? "") } : { head: rest };
}

function parseAdd(rest: string): ChatCommand | string {
  const colon = rest.search(/[:：]/);
  const message = colon < 0 ? undefined : rest.slice(colon + 1).trim();
  if (message === "") return "No message follows the colon.";
  const { head, room } = beforeRoom(colon < 0 ? rest : rest.slice(0, colon).trim());
  const agent = parseAgent(head);
  if (!agent) return head === "" ? "Which role?" : `“${head.slice(0, 60)}” is not an agent.`;
  return { verb: "add", agent, ...(message !== undefined && { message }), ...(room !== undefined && { room }) };
}

function parseRetry(rest: string): ChatCommand | string {
  const { head, room } = beforeRoom(rest);
  const name = nameIn(head);
  if (/\s/.test(head)) return `“${head.slice(0, 60)}” is not a name.`;
  return {
    verb: "retry",
    ...(name !== "" && { name: name.toLowerCase() }),
    ...(room !== undefined && { room }),
  };
}

/** A prompt is all that follows; another value is one word. */
function parseSet(rest: string): ChatCommand | string {
  const [, typedName = "", typedSetting = "", typedValue = ""] = /^(\S+)\s+(\S+)\s+(.+)$/s.exec(rest) ?? [];
  const [name, setting] = [nameIn(typedName).toLowerCase(), bareName(typedSetting).toLowerCase()];
  if (name === "") return "Which agent, which setting, and which value?";
  const { head, room } = setting === "prompt" ? { head: typedValue.trim() } : beforeRoom(typedValue.trim());
  const value = unquoted(head);
  if (value === "" || (setting !== "prompt" && /\s/.test(value))) return "Which value?";
  const read = readSetting(setting, value);
  return typeof read === "string" ? read : { verb: "set", name, setting: read, ...(room !== undefined && { room }) };
}

function parseNamed(verb: "remove" | "interrupt" | "fresh", rest: string): ChatCommand | string {
  const { head, room } = beforeRoom(rest);
  const name = /^\S+$/.test(head) ? nameIn(head) : "";
  if (name === "") return head === "" ? "Who?" : `“${head.slice(0, 60)}” is not a name.`;
  return { verb, name: name.toLowerCase(), ...(room !== undefined && { room }) };
}

function parseInvite(rest: string): ChatCommand | string {
  const { head, room } = beforeRoom(rest);
  const role = inviteRoles.find((known) => known === (bareName(head).toLowerCase() || "member"));
  if (!role) return `There is no role “${head.slice(0, 40)}” for people.`;
  return { verb: "invite", role, ...(room !== undefined && { room }) };
}
