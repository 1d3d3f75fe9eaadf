import { actionsOf } from "../core/room/gate.js";
import type { DecisionDraft } from "./decide-gate.js";
import type { ShownGate } from "./show-gate.js";

/** What a key does at a gate: a decision as it is, one that needs words first, or none. */
export type GateKey =
  | { kind: "decide"; decision: DecisionDraft }
  | { kind: "edit" }
  | { kind: "write" }
  | { kind: "reason"; action: "drop" | "deny" }
  | { kind: "next" }
  | { kind: "leave" };

/** Keys of a gate with what they do, for the line below it. */
export function keysOfGate(gate: ShownGate): string {
  const options = choosable(gate).length;
  const keys: Record<ShownGate["kind"], string[]> = {
    message: ["a approve", "e edit", "x drop"],
    question: [...(options > 0 ? [options === 1 ? "1 choose" : `1-${options} choose`] : []), "r answer", "x drop"],
    tool: ["a allow", "A allow for the session", "e edit", "d deny"],
    continue: ["c continue", "x stop"],
  };
  return [...keys[gate.kind], "n next", "q back"].join(" · ");
}

/** The options that one key can choose: of a gate that asks one thing. */
const choosable = ({ options = [], content }: ShownGate) =>
  (content?.questions ?? []).length > 0 ? [] : options.slice(0, 9);

const simple: Record<ShownGate["kind"], Readonly<Record<string, GateKey>>> = {
  message: {
    a: { kind: "decide", decision: { action: "approve" } },
    e: { kind: "edit" },
    x: { kind: "reason", action: "drop" },
  },
  question: { r: { kind: "write" }, enter: { kind: "write" }, x: { kind: "reason", action: "drop" } },
  tool: {
    a: { kind: "decide", decision: { action: "allow" } },
    A: { kind: "decide", decision: { action: "allow", remember: "session" } },
    e: { kind: "edit" },
    d: { kind: "reason", action: "deny" },
  },
  continue: {
    c: { kind: "decide", decision: { action: "continue" } },
    x: { kind: "decide", decision: { action: "stop" } },
  },
};

const moving: Readonly<Record<string, GateKey>> = {
  n: { kind: "next" },
  j: { kind: "next" },
  q: { kind: "leave" },
  escape: { kind: "leave" },
};

/** Undefined: the key does nothing here. */
export function gateKeyOf(gate: ShownGate, key: string): GateKey | undefined {
  const option = /^[1-9]$/.test(key) ? choosable(gate)[Number(key) - 1] : undefined;
  if (option && actionsOf[gate.kind].includes("answer"))
    return { kind: "decide", decision: { action: "answer", body: option.label } };
  return (Object.hasOwn(simple[gate.kind], key) ? simple[gate.kind][key] : undefined) ?? moving[key];
}
