import type { Policy } from "../core/room/policy.js";
import type { Context, OptionSpec, Typed } from "./command.js";
import { UsageError } from "./errors.js";
import { parseGatePolicy, readJson } from "./input.js";

/** What `room new` and `room set` say of a room's rules. */
export const policyOptions = {
  gate: { help: "which messages of agents wait for a person: never, always, first, or JSON", value: "<policy>" },
  egress: {
    help: "one more host that agents may reach: host, *.host for its sub-domains, host:port",
    value: "<host>",
    many: true,
  },
} as const satisfies Record<string, OptionSpec>;

/** The rules as they will be, from those that are. */
export type PolicyChange = (known: Policy) => Policy;

/** Undefined: no option says anything of the rules. A file replaces what is known. */
export async function policyChange(context: Context, typed: Typed): Promise<PolicyChange | undefined> {
  const [file, gateText] = [typed.text("policy"), typed.text("gate")];
  const [more, less] = [typed.texts("egress"), typed.texts("no-egress")];
  const isAboutEgress = more.length + less.length > 0;
  if (file === undefined && gateText === undefined && !isAboutEgress) return undefined;
  const whole = file === undefined ? undefined : await readPolicy(context, file);
  const gate = gateText === undefined ? undefined : parseGatePolicy(gateText, "--gate");
  return (known) => {
    const before = whole ?? known;
    return {
      ...before,
      ...(gate !== undefined && { gate }),
      ...(isAboutEgress && { egress: changed(before.egress ?? [], { more, less }) }),
    };
  };
}

async function readPolicy(context: Context, file: string): Promise<Policy> {
  const policy = await readJson(context, file);
  if (typeof policy !== "object" || policy === null) throw new UsageError(`${file} must hold a policy, a JSON object.`);
  // The server checks its members.
  return policy as Policy;
}

function changed(list: readonly string[], { more, less }: { more: readonly string[]; less: readonly string[] }) {
  const unknown = less.find((host) => !list.includes(host));
  if (unknown !== undefined) {
    const shown = list.length === 0 ? "it is empty" : `it has ${list.join(", ")}`;
    throw new UsageError(`${unknown} is not on the room's egress list (${shown}). Nothing was changed.`);
  }
  return [...new Set([...list, ...more])].filter((host) => !less.includes(host));
}
