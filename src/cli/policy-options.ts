import type { Policy } from "../core/room/policy.js";
import type { Context, OptionSpec, Typed } from "./command.js";
import { UsageError } from "./errors.js";
import { parseGatePolicy, readJson } from "./input.js";

/** The options of `room new` and `room set` for a room's rules. */
export const policyOptions = {
  gate: { help: "which messages of agents wait for a person: never, always, first, or JSON", value: "<policy>" },
  egress: {
    help: "one more host that agents may reach: host, *.host for its sub-domains, host:port",
    value: "<host>",
    many: true,
  },
  "provider-access": {
    help: "let the model's provider do one more thing on its own servers: web_search, web_fetch, code_execution, url_sources, file_sources, mcp:<host>",
    value: "<what>",
    many: true,
  },
  "keep-thinking": {
    help: "whether the thoughts of agents are kept in the record of their turns: on or off",
    value: "<on|off>",
  },
} as const satisfies Record<string, OptionSpec>;

/** The rules as they will be, from those that are. */
export type PolicyChange = (known: Policy) => Policy;

/** Undefined if there are no options about rules. A file replaces the known rules. */
export async function policyChange(context: Context, typed: Typed): Promise<PolicyChange | undefined> {
  const [file, gateText] = [typed.text("policy"), typed.text("gate")];
  const egress = listChange(typed, "egress");
  const providerAccess = listChange(typed, "provider-access");
  const keepThinking = onOrOff(typed, "keep-thinking");
  const isGiven = egress ?? providerAccess ?? keepThinking ?? file ?? gateText;
  if (isGiven === undefined) return undefined;
  const whole = file === undefined ? undefined : await readPolicy(context, file);
  const gate = gateText === undefined ? undefined : parseGatePolicy(gateText, "--gate");
  return (known) => {
    const before = whole ?? known;
    return {
      ...before,
      ...(gate !== undefined && { gate }),
      ...(keepThinking !== undefined && { keepThinking }),
      ...(egress && { egress: changed(before.egress ?? [], { ...egress, name: "egress list" }) }),
      ...(providerAccess && {
        providerAccess: changed(before.providerAccess ?? [], { ...providerAccess, name: "list of provider access" }),
      }),
    };
  };
}

function onOrOff(typed: Typed, option: string): boolean | undefined {
  const given = typed.text(option);
  if (given === undefined || given === "on" || given === "off") return given === undefined ? undefined : given === "on";
  throw new UsageError(`--${option} is on or off, not ${given}.`);
}

async function readPolicy(context: Context, file: string): Promise<Policy> {
  const policy = await readJson(context, file);
  if (typeof policy !== "object" || policy === null) throw new UsageError(`${file} must hold a policy, a JSON object.`);
  // The server checks its members.
  return policy as Policy;
}

interface ListChange {
  more: readonly string[];
  less: readonly string[];
}

/** Undefined: neither the option nor its `no-` form was given. */
function listChange(typed: Typed, option: string): ListChange | undefined {
  const [more, less] = [typed.texts(option), typed.texts(`no-${option}`)];
  return more.length + less.length > 0 ? { more, less } : undefined;
}

function changed(list: readonly string[], { more, less, name }: ListChange & { name: string }) {
  const unknown = less.find((entry) => !list.includes(entry));
  if (unknown !== undefined) {
    const shown = list.length === 0 ? "it is empty" : `it has ${list.join(", ")}`;
    throw new UsageError(`${unknown} is not on the room's ${name} (${shown}). Nothing was changed.`);
  }
  return [...new Set([...list, ...more])].filter((entry) => !less.includes(entry));
}
