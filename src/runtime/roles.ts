import { join } from "node:path";
import type { NewAgent } from "../core/command.js";
import { parseName } from "../core/name.js";
import type { Issue } from "../core/rejection.js";
import { type ScriptRule, scriptSchema } from "../core/script.js";
import { parseSkill, type Skill } from "../core/skill.js";
import type { AgentRequest, ResolveAgent } from "./create-room.js";

export interface Role {
  skill: Skill;
  /** What it does where no model can be asked: `demo.json` next to its SKILL.md. */
  demo?: ScriptRule[];
}

/** A file that cannot be used. `line` counts from 1. */
export interface RoleProblem {
  file: string;
  line: number;
  reason: string;
}

export interface RoleCatalogue {
  /** By name, in the order read. */
  roles: ReadonlyMap<string, Role>;
  problems: readonly RoleProblem[];
  /** By name or alias. */
  find(name: string): Role | undefined;
}

/** What is asked of a file system. Both answer undefined for what is not there. */
export interface FileReader {
  listFolders(path: string): Promise<string[] | undefined>;
  readText(path: string): Promise<string | undefined>;
}

/** Reads `<folder>/roles/<role>/{SKILL.md,demo.json}`. A later folder's role replaces one of the same name; a bad file is reported and left out. */
export async function loadRoles(folders: readonly string[], files: FileReader): Promise<RoleCatalogue> {
  const roles = new Map<string, Role>();
  const problems: RoleProblem[] = [];
  for (const folder of folders) {
    const root = join(folder, "roles");
    for (const name of ((await files.listFolders(root)) ?? []).toSorted()) {
      const role = await loadRole(join(root, name), files, problems);
      if (role) roles.set(role.skill.name, role);
    }
  }
  const byAlias = new Map<string, Role>();
  for (const role of roles.values()) for (const alias of role.skill.aliases) byAlias.set(alias, role);
  const find = (name: string) => roles.get(name.toLowerCase()) ?? byAlias.get(name.toLowerCase());
  return { roles, problems, find };
}

async function loadRole(folder: string, files: FileReader, problems: RoleProblem[]): Promise<Role | undefined> {
  const skillFile = join(folder, "SKILL.md");
  const markdown = await files.readText(skillFile);
  if (markdown === undefined) return undefined;
  const parsed = parseSkill(markdown);
  if (parsed.kind === "problems") {
    problems.push(...parsed.problems.map(({ line, reason }) => ({ file: skillFile, line, reason })));
    return undefined;
  }
  const demoFile = join(folder, "demo.json");
  const text = await files.readText(demoFile);
  if (text === undefined) return { skill: parsed.skill };
  const demo = parseDemo(text);
  if ("reason" in demo) problems.push({ file: demoFile, ...demo });
  return "reason" in demo ? { skill: parsed.skill } : { skill: parsed.skill, demo: demo.script };
}

function parseDemo(text: string): { script: ScriptRule[] } | { line: number; reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "not JSON";
    const position = Number(/position (\d+)/.exec(reason)?.[1] ?? text.length);
    return { line: text.slice(0, position).split("\n").length, reason: `not JSON: ${reason}` };
  }
  const parsed = scriptSchema.safeParse(value);
  if (parsed.success) return { script: parsed.data };
  const { path = [], message = "not a script" } = parsed.error.issues[0] ?? {};
  const [rule] = path;
  const line = typeof rule === "number" ? lineOfElement(text, rule) : 1;
  return { line, reason: `${path.map(String).join(".") || "the script"}: ${message}` };
}

/** Line on which an element of the outermost array starts; `text` is JSON. */
function lineOfElement(text: string, wanted: number): number {
  let depth = 0;
  let element = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]|[^\s"[\]{},]+/g)) {
    const starts = depth === 1 && token !== "," && token !== "]";
    if (starts && element === wanted) return text.slice(0, index).split("\n").length;
    if (token === "[" || token === "{") depth += 1;
    if (token === "]" || token === "}") depth -= 1;
    if (token === "," && depth === 1) element += 1;
  }
  return 1;
}

/** Role of an agent nobody gave one and whose name is none. */
const plainRole = "agent";

/**
 * Fills in an agent: its role (asked for, or the one of its name), its runtime (`usable` in order of preference), the role's demo
 * script where it is scripted, the role's gate and model. A role's `never` is left out, so that the room's policy decides.
 */
export function createResolveAgent(options: {
  catalogue: RoleCatalogue;
  /** Runtimes that can run agents now, the preferred first. */
  usable: () => readonly string[];
}): ResolveAgent {
  return (request) => {
    const role = options.catalogue.find(request.role ?? request.name);
    const usable = options.usable();
    const runtime = request.runtime ?? (request.script ? "scripted" : (usable[0] ?? "scripted"));
    const issues = issuesOf(request, { role, runtime, usable, known: [...options.catalogue.roles.keys()] });
    return issues.length > 0 ? { kind: "issues", issues } : { kind: "ok", agent: agentOf(request, role, runtime) };
  };
}

function issuesOf(
  request: AgentRequest,
  found: { role: Role | undefined; runtime: string; usable: readonly string[]; known: readonly string[] },
): Issue[] {
  const issues: Issue[] = [];
  if (request.role !== undefined && !found.role) {
    const known = found.known.length > 0 ? found.known.join(", ") : "none";
    issues.push({ path: ["role"], message: `there is no role ${request.role}; there are: ${known}` });
  }
  if (!found.usable.includes(found.runtime)) {
    const message = `agents cannot be run with ${found.runtime} here; usable: ${found.usable.join(", ") || "nothing"}`;
    issues.push({ path: ["runtime"], message });
  }
  if (request.script && found.runtime !== "scripted")
    issues.push({ path: ["script"], message: "only a scripted agent follows a script" });
  return issues;
}

function agentOf(request: AgentRequest, role: Role | undefined, runtime: string): NewAgent {
  const name = parseName(request.name) ?? request.name;
  const displayName = request.displayName ?? (request.name === name ? undefined : request.name);
  const script = runtime === "scripted" ? (request.script ?? role?.demo) : undefined;
  const gate = request.gate ?? (role && role.skill.gate !== "never" ? role.skill.gate : undefined);
  const model = request.model ?? role?.skill.model;
  return {
    name,
    role: role?.skill.name ?? plainRole,
    runtime,
    ...(displayName !== undefined && { displayName }),
    ...(script && { script }),
    ...(request.prompt !== undefined && { prompt: request.prompt }),
    ...(gate !== undefined && { gate }),
    ...(model !== undefined && { model }),
    ...(request.budget && { budget: request.budget }),
  };
}
