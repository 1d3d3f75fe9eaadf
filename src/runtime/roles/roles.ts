import { basename, join } from "node:path";
import { parseName } from "../../core/grammar/name.js";
import type { Skill } from "../../core/roles/skill.js";
import type { AgentRequest, ResolveAgent } from "../../core/room/agent-request.js";
import type { NewAgent } from "../../core/room/command.js";
import type { Issue } from "../../core/room/rejection.js";
import type { ScriptRule } from "../../core/values/script.js";
import { parseDemo } from "./demo-script.js";
import { loadOwnSkills } from "./own-skills.js";
import { parseSkill } from "./read-skill.js";
import { type ChoicesOf, issuesOfWords } from "./runtime-words.js";
import { describeProblem, type FileProblem, type FileReader } from "./skill-files.js";

/** A role with its guidance and its limits. */
export interface Role {
  skill: Skill;
  /** Script used without a model: `demo.json` next to its SKILL.md. */
  demo?: ScriptRule[];
}

/** All roles by name and alias, with the problems of those that could not be read. */
export interface RoleCatalogue {
  /** Keyed by name, in reading order. */
  roles: ReadonlyMap<string, Role>;
  /** Skill folders that agents may look up, by name. */
  ownSkills: ReadonlyMap<string, string>;
  problems: readonly FileProblem[];
  /** Keyed by name or alias. */
  find(name: string): Role | undefined;
  /** Reasons why a role is unusable or lacks its demo script, by name, alias or folder. Shown to people, so without local paths. */
  whyUnusable(name: string, part: "role" | "demo script"): string | undefined;
}

const noFolder = "there is no such folder; roles lie in roles/<role>/SKILL.md, skills in skills/<skill>/SKILL.md";
const skillName = "SKILL.md";
const demoName = "demo.json";

/** Result of reading a role's folder: the usable parts and the problems. */
interface ReadRole {
  names: readonly string[];
  aliases: readonly string[];
  role?: Role;
  problems: readonly FileProblem[];
}

/**
 * Reads `<folder>/roles/<role>/{SKILL.md,demo.json}` and `<folder>/skills/<skill>/SKILL.md`. A role in a later folder replaces one of the same
 * name even if it is unusable, so that an agent never gets other tools than the role's author listed.
 */
export async function loadRoles(folders: readonly string[], files: FileReader): Promise<RoleCatalogue> {
  const roles = new Map<string, Role>();
  const problems: FileProblem[] = [];
  const broken = new Map<string, FileProblem>();
  const ownSkills = new Map<string, string>();
  for (const folder of folders) {
    const skills = await loadOwnSkills(folder, files);
    problems.push(...(skills?.problems ?? []));
    for (const [name, path] of skills?.folders ?? []) ownSkills.set(name, path);
    const root = join(folder, "roles");
    const names = await files.listFolders(root).catch(reasonOf);
    if (names === undefined && skills) continue;
    if (!Array.isArray(names)) {
      problems.push({ file: root, reason: names ?? noFolder });
      continue;
    }
    for (const name of names.toSorted()) addRole(await readRole(join(root, name), { name, files }));
  }

  function addRole({ names, aliases, role, problems: found }: ReadRole): void {
    problems.push(...found);
    const [problem] = found;
    for (const name of [...names, ...aliases]) {
      if (problem) broken.set(name, problem);
      else broken.delete(name);
    }
    for (const name of names) roles.delete(name);
    if (role) roles.set(role.skill.name, role);
  }

  const byAlias = new Map<string, Role>();
  for (const role of roles.values()) for (const alias of role.skill.aliases) byAlias.set(alias, role);
  const find = (name: string) => roles.get(name.toLowerCase()) ?? byAlias.get(name.toLowerCase());
  return {
    roles,
    ownSkills,
    problems,
    find,
    whyUnusable(name, part) {
      const problem = broken.get(name.toLowerCase());
      if (!problem || isDemo(problem.file) !== (part === "demo script")) return undefined;
      return `the ${part} of ${name} cannot be used: ${describeProblem(problem, { short: true })}`;
    },
  };
}

const isDemo = (file: string): boolean => basename(file) === demoName;
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function readRole(folder: string, { name, files }: { name: string; files: FileReader }): Promise<ReadRole> {
  const file = join(folder, skillName);
  const markdown = await files.readText(file).catch((error: unknown) => new Error(reasonOf(error)));
  if (typeof markdown !== "string") {
    const reason = markdown?.message ?? `there is no ${skillName} in this folder`;
    return { names: [name], aliases: [], problems: [{ file, reason }] };
  }
  const parsed = parseSkill(markdown);
  if (parsed.kind === "problems") {
    const problems = parsed.problems.map((problem) => ({ file, ...problem }));
    return { names: [name, ...parsed.names], aliases: parsed.aliases, problems };
  }
  const { skill } = parsed;
  return { names: [skill.name], aliases: skill.aliases, ...(await readDemo(folder, { skill, files })) };
}

async function readDemo(
  folder: string,
  { skill, files }: { skill: Skill; files: FileReader },
): Promise<Pick<ReadRole, "role" | "problems">> {
  const file = join(folder, demoName);
  const text = await files.readText(file).catch((error: unknown) => new Error(reasonOf(error)));
  if (text === undefined) return { role: { skill }, problems: [] };
  const demo = typeof text === "string" ? parseDemo(text) : { reason: text.message };
  if ("reason" in demo) return { role: { skill }, problems: [{ file, ...demo }] };
  return { role: { skill, demo: demo.script }, problems: [] };
}

/** Role of an agent without a given role whose name is not a role either. */
const plainRole = "agent";

/**
 * Completes an agent: its role (requested, or the one of its name), its runtime (`usable` in order of preference), the role's demo script for
 * a scripted agent, and the role's gate and model. A role's `never` is left out, so that the room's policy decides.
 */
export function createResolveAgent(options: {
  catalogue: RoleCatalogue;
  /** Runtimes currently able to run agents, preferred first. */
  usable: () => readonly string[];
  choicesOf: ChoicesOf;
}): ResolveAgent {
  return (request) => {
    const role = options.catalogue.find(request.role ?? request.name);
    const usable = options.usable();
    const runtime = request.runtime ?? (request.script ? "scripted" : (usable[0] ?? "scripted"));
    const { catalogue, choicesOf } = options;
    const issues = [
      ...issuesOf(request, { role, runtime, usable, catalogue }),
      ...issuesOfWords(request, { runtime, choicesOf, usable }),
    ];
    return issues.length > 0 ? { kind: "issues", issues } : { kind: "ok", agent: agentOf(request, role, runtime) };
  };
}

function issuesOf(
  request: AgentRequest,
  found: { role: Role | undefined; runtime: string; usable: readonly string[]; catalogue: RoleCatalogue },
): Issue[] {
  const issues: Issue[] = [];
  const problem = roleProblem(request, found);
  if (problem !== undefined) issues.push({ path: ["role"], message: problem });
  if (!found.usable.includes(found.runtime)) {
    const message = `agents cannot be run with ${found.runtime} here; usable: ${found.usable.join(", ") || "nothing"}`;
    issues.push({ path: ["runtime"], message });
  }
  if (request.script && found.runtime !== "scripted")
    issues.push({ path: ["script"], message: "only a scripted agent follows a script" });
  return issues;
}

function roleProblem(
  request: AgentRequest,
  { role, runtime, catalogue }: { role: Role | undefined; runtime: string; catalogue: RoleCatalogue },
): string | undefined {
  const wanted = request.role ?? request.name;
  const needsDemo = runtime === "scripted" && request.script === undefined;
  const unusable = role
    ? needsDemo && catalogue.whyUnusable(wanted, "demo script")
    : catalogue.whyUnusable(wanted, "role");
  if (unusable) return `${unusable}. Correct the file, or name another role`;
  if (role || request.role === undefined) return undefined;
  return `there is no role ${request.role}; there are: ${[...catalogue.roles.keys()].join(", ") || "none"}`;
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
    ...(request.effort !== undefined && { effort: request.effort }),
    ...(request.mode !== undefined && { mode: request.mode }),
    ...(request.budget && { budget: request.budget }),
  };
}
