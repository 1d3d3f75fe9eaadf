import { z } from "zod";
import type { AcpRole } from "./options.js";
import { toolCallShape } from "./update.js";

const optionShape = z.looseObject({ optionId: z.string().min(1), name: z.string(), kind: z.string() });

/** A `session/request_permission` (schema of ACP v1, `RequestPermissionRequest`). */
export const permissionShape = z.looseObject({
  sessionId: z.string(),
  toolCall: toolCallShape,
  options: z.array(optionShape).min(1).max(50),
});

export type PermissionRequest = z.infer<typeof permissionShape>;
export type PermissionChoice = z.infer<typeof optionShape>;

/** What the role says about a tool before people are asked. */
export type Verdict = { verdict: "allow" } | { verdict: "ask" } | { verdict: "refuse"; why: string };

/** The tools of a role that a kind of ACP's tools is (schema of ACP v1, `ToolKind`). */
const toolsOfKind: Readonly<Record<string, readonly string[]>> = {
  read: ["Read"],
  search: ["Grep", "Glob"],
  edit: ["Edit", "Write"],
  delete: ["Edit", "Write"],
  move: ["Edit", "Write"],
  execute: ["Bash"],
  fetch: ["WebFetch"],
};

/** Whether a role may use a tool of this kind: always, after a person allowed it, or never. A kind that no role knows is for people to decide. */
export function verdictOn(kind: string | undefined, { tools }: AcpRole): Verdict {
  const names = toolsOfKind[kind ?? ""];
  if (!names) return { verdict: "ask" };
  const allowed = names.filter((name) => tools.allow.includes(name) && !tools.deny.includes(name));
  if (allowed.length === 0) return { verdict: "refuse", why: `your role has no tool to ${kind}` };
  return allowed.some((name) => tools.autoAllow.includes(name)) ? { verdict: "allow" } : { verdict: "ask" };
}

/** True: a role may change files or run commands. */
export function mayWrite({ tools }: AcpRole): boolean {
  return ["Edit", "Write", "Bash"].some((name) => tools.allow.includes(name) && !tools.deny.includes(name));
}

/** The first option of the first of these kinds that is offered. */
export function optionOfKind(
  options: readonly PermissionChoice[],
  kinds: readonly string[],
): PermissionChoice | undefined {
  return kinds.map((kind) => options.find((option) => option.kind === kind)).find((option) => option !== undefined);
}

/** Several options of one kind differ in more than a decision on a tool can say: people choose among them. */
export function hasSeveralOfAKind(options: readonly PermissionChoice[]): boolean {
  return new Set(options.map(({ kind }) => kind)).size < options.length;
}

const meanings: Readonly<Record<string, string>> = {
  allow_once: "allows this once",
  allow_always: "allows this from now on",
  reject_once: "refuses this once",
  reject_always: "refuses this from now on",
};

/** The options for people to read, each with what its kind means; labels differ. */
export function shownOptions(options: readonly PermissionChoice[]): { label: string; description?: string }[] {
  const labels = new Set<string>();
  return options.map(({ name, kind, optionId }) => {
    const wanted = name.trim() === "" ? optionId : name.trim();
    const label = labels.has(wanted) ? `${wanted} (${optionId})` : wanted;
    labels.add(label);
    const description = meanings[kind];
    return description === undefined ? { label } : { label, description };
  });
}
