import { settingNames } from "../../src/core/values/agent-setting.js";
import { chatVerbs } from "../../src/core/values/chat-command.js";
import type { CommandOption } from "./payloads.js";

/** The list an option is completed from. */
export type Suggested = "room" | "agent" | "role";

interface Option {
  name: string;
  description: string;
  required?: boolean;
  suggested?: Suggested;
  choices?: readonly string[];
  /** The form of the option in the text of the command. */
  write: (value: string) => string;
}

const room: Option = {
  name: "room",
  description: "Its name, where it does not follow from the thread",
  suggested: "room",
  write: (value) => value,
};
const inRoom: Option = { ...room, write: (value) => `in ${value}` };
const as: Option = { name: "as", description: "The agent's name in the room", write: (value) => `as ${value}` };

/** An option that is written `--name value` elsewhere. */
function flag(name: string, description: string): Option {
  return { name, description, write: (value) => `--${name} "${value.replaceAll('"', "")}"` };
}

/** Rules of a room, of a new one and of one that is there. */
const rules: readonly Option[] = [
  { ...flag("gate", "Which messages of agents wait for a person"), choices: ["never", "always", "first"] },
  { ...flag("ask-in", "Who sees what waits"), choices: ["thread", "approvers"] },
  flag("budget", "What it may spend, US dollars"),
  flag("egress", "Hosts that its agents may reach, separated by commas"),
  flag("provider-access", "Features of the model's provider, such as web_search"),
  flag("reminder", "Remind those who decide after this time, such as 15m"),
];

type Verb = (typeof chatVerbs)[number];

const described: Readonly<Record<Verb, { description: string; options: readonly Option[] }>> = {
  new: {
    description: "A room with agents, in a thread of its own",
    options: [
      { name: "name", description: "The room's name", required: true, write: (value) => value },
      {
        name: "agents",
        description: "Roles, separated by commas: coder, reviewer as critic",
        suggested: "role",
        write: (value) => `with ${value}`,
      },
      flag("repo", "Address of its git repository"),
      flag("branch", "The branch to start from"),
      flag("model", "The model of its agents"),
      ...rules,
      { name: "message", description: "The first message", write: (value) => `: ${value}` },
    ],
  },
  rules: {
    description: "Change a room's name or rules",
    options: [flag("name", "Its new name"), ...rules, inRoom],
  },
  open: { description: "A link for you alone to the room's page; it works once", options: [room] },
  find: {
    description: "Rooms whose name contains these words",
    options: [{ name: "words", description: "Words of its name", required: true, write: (value) => value }],
  },
  list: { description: "Rooms of this channel, and yours", options: [] },
  show: { description: "A room's state", options: [room] },
  add: {
    description: "One more agent",
    options: [
      { name: "role", description: "What it is to be", required: true, suggested: "role", write: (value) => value },
      as,
      inRoom,
      { name: "message", description: "Its first message", write: (value) => `: ${value}` },
    ],
  },
  retry: {
    description: "What failed last is delivered again",
    options: [
      { name: "agent", description: "Only to this agent", suggested: "agent", write: (value) => value },
      inRoom,
    ],
  },
  fresh: {
    description: "An agent gets a new conversation on the same work folder",
    options: [
      { name: "agent", description: "Its name", required: true, suggested: "agent", write: (value) => value },
      inRoom,
    ],
  },
  set: {
    description: "An agent works by another setting",
    options: [
      { name: "agent", description: "Its name", required: true, suggested: "agent", write: (value) => value },
      {
        name: "setting",
        description: "What is to change",
        required: true,
        choices: settingNames,
        write: (value) => value,
      },
      { name: "value", description: "Its new value", required: true, write: (value) => value },
      inRoom,
    ],
  },
  remove: {
    description: "An agent leaves",
    options: [
      { name: "agent", description: "Its name", required: true, suggested: "agent", write: (value) => value },
      inRoom,
    ],
  },
  interrupt: {
    description: "One agent stops what it does",
    options: [
      { name: "agent", description: "Its name", required: true, suggested: "agent", write: (value) => value },
      inRoom,
    ],
  },
  invite: {
    description: "A code that lets somebody in",
    options: [
      {
        name: "role",
        description: "What they may do",
        choices: ["member", "viewer", "approver", "owner"],
        write: (value) => value,
      },
      inRoom,
    ],
  },
  pause: { description: "Agents finish and start nothing new", options: [room] },
  resume: { description: "They go on", options: [room] },
  stop: { description: "Every agent stops now", options: [room] },
  close: { description: "The room ends; it can still be read", options: [room] },
  attach: {
    description: "Show an existing room in this channel too",
    options: [
      {
        name: "room",
        description: "Its invite code, or the name of a room of yours",
        required: true,
        suggested: "room",
        write: (value) => value,
      },
    ],
  },
  detach: { description: "Stop showing it in this channel", options: [room] },
  who: { description: "Who is in the room", options: [room] },
  usage: { description: "What the room has spent", options: [room] },
  gates: { description: "What waits for a decision", options: [room] },
  help: { description: "All commands", options: [] },
};

/** `/room` with a subcommand for each verb, as Discord takes it. */
export function commandDefinitions(): object[] {
  const options = chatVerbs.map((verb) => ({
    type: 1,
    name: verb,
    description: described[verb].description,
    options: described[verb].options.map(({ name, description, required = false, suggested, choices }) => ({
      type: 3,
      name,
      description,
      required,
      ...(choices === undefined
        ? { autocomplete: suggested !== undefined }
        : { choices: choices.map((choice) => ({ name: choice, value: choice })) }),
    })),
  }));
  return [{ name: "room", description: "Rooms where agents and people work", type: 1, options }];
}

/** A subcommand and its options as the text that people type elsewhere. */
export function commandText(options: readonly CommandOption[]): string {
  const [sub] = options;
  if (sub === undefined) return "";
  const given = new Map((sub.options ?? []).map(({ name, value }) => [name, String(value ?? "").trim()]));
  const known = isVerb(sub.name) ? described[sub.name].options : [];
  const words = known.flatMap(({ name, write }) => {
    const value = given.get(name) ?? "";
    return value === "" ? [] : [write(value)];
  });
  return [sub.name, ...words].join(" ").replace(" : ", ": ");
}

const isVerb = (text: string): text is Verb => Object.hasOwn(described, text);

/** The option being typed, and the list it is completed from. */
export function focusedOption(
  options: readonly CommandOption[],
): { suggested: Suggested; typed: string; room: string | undefined } | undefined {
  const [sub] = options;
  const focused = sub?.options?.find((one) => one.focused === true);
  if (sub === undefined || focused === undefined || !isVerb(sub.name)) return undefined;
  const suggested = described[sub.name].options.find(({ name }) => name === focused.name)?.suggested;
  if (suggested === undefined) return undefined;
  const named = sub.options?.find(({ name }) => name === "room")?.value;
  return {
    suggested,
    typed: String(focused.value ?? ""),
    room: named === undefined || focused.name === "room" ? undefined : String(named),
  };
}
