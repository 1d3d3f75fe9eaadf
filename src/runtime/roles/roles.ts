import { basename, dirname, join } from "node:path";
import { parseName } from "../../core/grammar/name.js";
import type { Skill } from "../../core/roles/skill.js";
import type { AgentRequest, ResolveAgent } from "../../core/room/agent-request.js";
import type { NewAgent } from "../../core/room/command.js";
import type { Issue } from "../../core/room/rejection.js";
import { externalRuntime } from "../../core/values/external-runtime.js";
import type { ScriptRule } from "../../core/values/script.js";
import { parseDemo } from "./demo-script.js";
import { loadOwnSkills } from "./own-skills.js";
import { parseSkill } from "./read-skill.js";
import { issuesOfTools, noRuntimeRules, type RuntimeRules } from "./runtime-rules.js";
import { type ChoicesOf, issuesOfWords } from "./runtime-words.js";
import { describeProblem, type FileProblem, type FileReader } from "./skill-files.js";

/** A role with its guidance and its limits. */
export interface Role {
  skill: Skill;
  /** Script used without a model: `demo.json` next to its SKILL.md. */
  demo?: ScriptRule[];
  /** Why its file cannot be used any more: this is the role as it was read before. Agents that have it keep it. */
  outdatedBy?: FileProblem;
}

/** All roles by name and alias, with the problems of those that could not be read. */
export interface RoleCatalogue {
  /** Keyed by name, in reading order. */
  roles: ReadonlyMap<string, Role>;
  /** Skill folders that agents may look up, by name. */
  ownSkills: ReadonlyMap<string, string>;
  /** Another text whenever a file of these skills changed. */
  ownSkillsStamp: string;
  problems: readonly FileProblem[];
  /** Keyed by the folder each was read from. */
  byFolder: ReadonlyMap<string, Role>;
  /** Keyed by name or alias. */
  find(name: string): Role | undefined;
  /** True: no role of this name or alias was found, and it may lie where nothing can be read at this moment. */
  isUnreadable(name: string): boolean;
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
 * name even if it is unusable, so that an agent never gets other tools than the role's author listed. `known`: what was read before; a role whose
 * file cannot be used any more stays as it was there, with `outdatedBy`.
 */
export async function loadRoles(
  folders: readonly string[],
  files: FileReader,
  known?: RoleCatalogue,
): Promise<RoleCatalogue> {
  const builder = createBuilder(known);
  const ownSkills = new Map<string, string>();
  const stamps: string[] = [];
  for (const folder of folders) {
    stamps.push((await files.stampOf?.(join(folder, "skills"))) ?? "");
    const skills = await loadOwnSkills(folder, files);
    builder.problems.push(...(skills?.problems ?? []));
    for (const [name, path] of skills?.folders ?? []) ownSkills.set(name, path);
    const root = join(folder, "roles");
    const names = await files.listFolders(root).catch((error: unknown) => new Error(reasonOf(error)));
    if (names === undefined && skills) continue;
    if (!Array.isArray(names)) {
      builder.addUnreadable(root, names?.message);
      continue;
    }
    for (const name of names.toSorted()) {
      const path = join(root, name);
      builder.addRole(path, await readRole(path, { name, files }));
    }
  }
  return { ...catalogueOf(builder), ownSkills, ownSkillsStamp: stamps.join("\n") };
}

type Builder = ReturnType<typeof createBuilder>;

/** Collects roles in reading order. */
function createBuilder(known: RoleCatalogue | undefined) {
  const roles = new Map<string, Role>();
  const byFolder = new Map<string, Role>();
  const problems: FileProblem[] = [];
  const broken = new Map<string, FileProblem>();
  const unreadable: FileProblem[] = [];

  function put(folder: string, role: Role): void {
    roles.set(role.skill.name, role);
    byFolder.set(folder, role);
  }

  function addRole(folder: string, { names, aliases, role, problems: found }: ReadRole): void {
    problems.push(...found);
    const [problem] = found;
    for (const name of [...names, ...aliases]) {
      if (problem) broken.set(name, problem);
      else broken.delete(name);
    }
    const before = problem && !role ? (known?.byFolder.get(folder) ?? knownOf(names)) : undefined;
    for (const name of names) roles.delete(name);
    if (role) put(folder, role);
    else if (before && problem) {
      put(folder, { ...before, outdatedBy: problem });
      broken.set(before.skill.name, problem);
    }
  }

  function knownOf(names: readonly string[]): Role | undefined {
    return names.map((name) => known?.roles.get(name)).find((role) => role !== undefined);
  }

  /** A folder of roles that is not there, or of which nothing can be read: it may hold any role. */
  function addUnreadable(root: string, reason: string | undefined): void {
    const problem: FileProblem = { file: root, reason: reason ?? noFolder, isUnreadable: true };
    problems.push(problem);
    unreadable.push(problem);
    const before = [...(known?.byFolder ?? [])].filter(([folder]) => dirname(folder) === root);
    if (before.length === 0 && reason !== undefined) roles.clear();
    for (const [folder, role] of before) put(folder, { ...role, outdatedBy: problem });
  }

  return { roles, byFolder, problems, broken, unreadable, addRole, addUnreadable };
}

function catalogueOf({
  roles,
  byFolder,
  problems,
  broken,
  unreadable,
}: Builder): Omit<RoleCatalogue, "ownSkills" | "ownSkillsStamp"> {
  const byAlias = new Map<string, Role>();
  for (const role of roles.values()) for (const alias of role.skill.aliases) byAlias.set(alias, role);
  const find = (name: string) => roles.get(name.toLowerCase()) ?? byAlias.get(name.toLowerCase());
  const problemOf = (name: string) => broken.get(name.toLowerCase());
  return {
    roles,
    byFolder,
    problems,
    find,
    isUnreadable: (name) => !find(name) && (unreadable.length > 0 || problemOf(name)?.isUnreadable === true),
    whyUnusable(name, part) {
      const [missing] = part === "role" && !find(name) ? unreadable : [];
      const problem = find(name)?.outdatedBy ?? problemOf(name) ?? missing;
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
    const isMissing = markdown === undefined;
    const problem: FileProblem = isMissing
      ? { file, reason: `there is no ${skillName} in this folder` }
      : { file, reason: markdown.message, isUnreadable: true };
    return { names: [name], aliases: [], problems: [problem] };
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
  /** Default: nothing is known of the runtimes. */
  rules?: RuntimeRules;
}): ResolveAgent {
  return (request) => {
    const role = options.catalogue.find(request.role ?? request.name);
    const usable = options.usable();
    const first = usable.find((name) => name !== externalRuntime) ?? "scripted";
    const runtime = request.runtime ?? (request.script ? "scripted" : (role?.skill.runtime ?? first));
    const { catalogue, choicesOf, rules = noRuntimeRules } = options;
    const issues = [
      ...issuesOf(request, { role, runtime, usable, catalogue }),
      ...issuesOfTools(rules, { runtime, tools: role?.skill.tools }),
      ...issuesOfWords(request, { runtime, choicesOf, usable }),
    ];
    return issues.length > 0
      ? { kind: "issues", issues }
      : { kind: "ok", agent: agentOf(request, role, { runtime, rules }) };
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
  const unusable =
    role && !role.outdatedBy
      ? needsDemo && catalogue.whyUnusable(wanted, "demo script")
      : catalogue.whyUnusable(wanted, "role");
  if (unusable) return `${unusable}. Correct the file, or name another role`;
  if (role || request.role === undefined) return undefined;
  return `there is no role ${request.role}; there are: ${[...catalogue.roles.keys()].join(", ") || "none"}`;
}

function agentOf(
  request: AgentRequest,
  role: Role | undefined,
  { runtime, rules }: { runtime: string; rules: RuntimeRules },
): NewAgent {
  const name = parseName(request.name) ?? request.name;
  const displayName = request.displayName ?? (request.name === name ? undefined : request.name);
  const script = runtime === "scripted" ? (request.script ?? role?.demo) : undefined;
  const gate = request.gate ?? (role && role.skill.gate !== "never" ? role.skill.gate : undefined);
  const model = request.model ?? (rules.takesRoleModels(runtime) ? role?.skill.model : undefined);
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
