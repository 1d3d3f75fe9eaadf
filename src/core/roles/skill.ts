import { hasNameSyntax, parseName } from "../grammar/name.js";
import { type GatePolicy, gatePolicySchema } from "../room/policy.js";
import type { Field, FieldValue, FrontMatter, FrontMatterProblem } from "./front-matter.js";

/** Claude Code tools of a role. The runtime enforces them; the guidance need not. */
export interface SkillTools {
  /** The tools that exist for the agent; every other one is absent. Empty: none. */
  allow: string[];
  /** Rules (`Read`, `Bash(git log *)`) for calls that run without asking; of allowed tools or of `mcp__` servers. */
  autoAllow: string[];
  /** Rules for calls that are always refused. */
  deny: string[];
}

/** A role or skill as its file describes it. */
export interface Skill {
  name: string;
  /** Other names the role can be asked for by. */
  aliases: string[];
  description: string;
  tools: SkillTools;
  /** Default `never`. */
  gate: GatePolicy;
  /** Model id; absent: the runtime's own default. */
  model?: string;
  /** Runtime of agents for which none is named; absent: the preferred one. */
  runtime?: string;
  /** Markdown for the system prompt, trimmed. */
  guidance: string;
}

/** With problems: the names it would have, as far as they can be read. */
export type ParsedSkill =
  | { kind: "ok"; skill: Skill }
  | { kind: "problems"; problems: FrontMatterProblem[]; names: string[]; aliases: string[] };

type Fields = ReadonlyMap<string, Field>;

interface Reader {
  readonly fields: Fields;
  readonly problems: FrontMatterProblem[];
}

/** Characters of a SKILL.md, at most: it is read into every turn's context. */
export const MAX_SKILL_LENGTH = 64 * 1024;

const MAX_DESCRIPTION_LENGTH = 1_024;
const MAX_LIST_LENGTH = 64;
const MAX_TEXT_LENGTH = 200;
const SKILL_KEYS = ["name", "aliases", "description", "tools", "gate", "model", "runtime"];
const REQUIRED_KEYS = ["name", "description"];
const TOOL_KEYS = ["allow", "autoAllow", "deny"];
const GATE_KEYS = ["to", "prefix"];
const TOOL = /^(?:[A-Z][A-Za-z]{0,63}|mcp__[A-Za-z0-9_-]{1,128})$/;
const RULE = /^([A-Za-z0-9_-]{1,140})(?:\([^()]{1,400}\))?$/;

/**
 * The role or skill of a SKILL.md whose front matter was read (`name` and `description` required; `aliases`, `tools`, `gate`, `model`).
 * All problems are listed at once, by line. Never throws.
 */
export function skillFrom({ fields, content, contentLine, problems: found }: FrontMatter): ParsedSkill {
  const problems = [...found];
  const wasUnreadable = problems.length > 0 && fields.size === 0;
  if (wasUnreadable) return { kind: "problems", problems, names: [], aliases: [] };
  const reader = { fields, problems };
  refuseUnknownKeys(reader, SKILL_KEYS);
  const skill = readSkill(reader, content.trim());
  if (skill.guidance === "")
    problems.push({ line: contentLine, reason: "the guidance after the front matter is empty" });
  if (problems.length === 0) return { kind: "ok", skill };
  const { name, aliases } = skill;
  problems.sort((a, b) => a.line - b.line);
  return { kind: "problems", problems, names: name === "" ? [] : [name], aliases };
}

function readSkill(reader: Reader, guidance: string): Skill {
  const name = readName(reader);
  const aliases = readAliases(reader);
  const description = readText(reader, "description", MAX_DESCRIPTION_LENGTH);
  const model = readText(reader, "model", MAX_TEXT_LENGTH);
  const runtime = readText(reader, "runtime", MAX_TEXT_LENGTH);
  for (const key of REQUIRED_KEYS.filter((required) => !reader.fields.has(required))) {
    reader.problems.push({ line: 1, reason: `\`${key}\` is missing` });
  }
  return {
    name: name ?? "",
    aliases,
    description: description ?? "",
    tools: readTools(reader),
    gate: readGate(reader),
    ...(model === undefined ? {} : { model }),
    ...(runtime === undefined ? {} : { runtime }),
    guidance,
  };
}

function readName(reader: Reader): string | undefined {
  const text = readText(reader, "name", MAX_TEXT_LENGTH);
  if (text === undefined) return undefined;
  const name = parseName(text);
  if (name !== text) report(reader, "name", `\`${text}\` is not a name: a-z, 0-9 and -, at most 32, not reserved`);
  return name;
}

function readAliases(reader: Reader): string[] {
  const aliases = readList(reader, "aliases");
  for (const alias of aliases) {
    if (parseName(alias) !== alias) report(reader, "aliases", `\`${alias}\` is not a name, or is reserved`);
  }
  return aliases;
}

function readTools(reader: Reader): SkillTools {
  const field = reader.fields.get("tools");
  if (field === undefined) return { allow: [], autoAllow: [], deny: [] };
  const tools = nested(reader, "tools", TOOL_KEYS);
  const allow = readList(tools, "allow");
  const autoAllow = readList(tools, "autoAllow");
  const deny = readList(tools, "deny");
  for (const tool of allow.filter((name) => !TOOL.test(name))) {
    report(tools, "allow", `\`${tool}\` is not the name of a tool`);
  }
  for (const rule of autoAllow) checkRule(tools, { key: "autoAllow", rule, allow });
  for (const rule of deny) checkRule(tools, { key: "deny", rule, allow });
  return { allow, autoAllow, deny };
}

function checkRule(
  reader: Reader,
  { key, rule, allow }: { key: string; rule: string; allow: readonly string[] },
): void {
  const tool = RULE.exec(rule)?.[1];
  if (tool === undefined || !TOOL.test(tool)) report(reader, key, `\`${rule}\` is not a tool or Tool(pattern)`);
  else if (!tool.startsWith("mcp__") && !allow.includes(tool)) report(reader, key, `\`${tool}\` is not in tools.allow`);
}

function readGate(reader: Reader): GatePolicy {
  const value = reader.fields.get("gate")?.value;
  if (value === undefined || value.kind === "broken") return "never";
  if (value.kind === "map") return readGateLists(reader);
  if (isText(value, "never") || isText(value, "always") || isText(value, "first")) return value.text;
  report(reader, "gate", "gate is `never`, `always`, `first`, or has `to` and `prefix` lists");
  return "never";
}

function readGateLists(reader: Reader): GatePolicy {
  const lists = nested(reader, "gate", GATE_KEYS);
  const to = readList(lists, "to");
  const prefix = readList(lists, "prefix");
  for (const name of to.filter((text) => !hasNameSyntax(text) || text !== text.toLowerCase())) {
    report(lists, "to", `\`${name}\` is not a name or a group such as room`);
  }
  const gate = { ...(to.length > 0 ? { to } : {}), ...(prefix.length > 0 ? { prefix } : {}) };
  if (to.length + prefix.length === 0) report(reader, "gate", "gate names nobody in `to` and nothing in `prefix`");
  else if (!gatePolicySchema.safeParse(gate).success) {
    report(reader, "gate", "gate may have 20 names and 20 prefixes of 64 characters");
  }
  return gate;
}

function isText<T extends string>(value: FieldValue, text: T): value is { kind: "text"; text: T } {
  return value.kind === "text" && value.text === text;
}

function nested(reader: Reader, key: string, keys: readonly string[]): Reader {
  const value = reader.fields.get(key)?.value;
  if (value?.kind !== "map") {
    if (value?.kind !== "broken") report(reader, key, `\`${key}\` needs keys under it: ${keys.join(", ")}`);
    return { fields: new Map(), problems: reader.problems };
  }
  const inner = { fields: value.fields, problems: reader.problems };
  refuseUnknownKeys(inner, keys);
  return inner;
}

function readText(reader: Reader, key: string, maxLength: number): string | undefined {
  const value = reader.fields.get(key)?.value;
  if (value === undefined || value.kind === "broken") return undefined;
  if (value.kind !== "text" || value.text.trim() === "" || value.text.length > maxLength) {
    report(reader, key, `\`${key}\` must be a text of 1 to ${maxLength} characters`);
    return undefined;
  }
  return value.text;
}

function readList(reader: Reader, key: string): string[] {
  const value = reader.fields.get(key)?.value;
  if (value === undefined || value.kind === "broken") return [];
  if (value.kind !== "list") {
    report(reader, key, `\`${key}\` must be a list, such as [a, b]`);
    return [];
  }
  const isTooLong = value.items.length > MAX_LIST_LENGTH || value.items.some((item) => item.length > MAX_TEXT_LENGTH);
  if (isTooLong) report(reader, key, `\`${key}\` may have ${MAX_LIST_LENGTH} items of ${MAX_TEXT_LENGTH} characters`);
  if (value.items.includes("")) report(reader, key, `\`${key}\` has an empty item`);
  return [...new Set(value.items)];
}

function refuseUnknownKeys({ fields, problems }: Reader, keys: readonly string[]): void {
  for (const [key, { line }] of fields) {
    if (!keys.includes(key))
      problems.push({ line, reason: `\`${key}\` is unknown here; known are ${keys.join(", ")}` });
  }
}

function report({ fields, problems }: Reader, key: string, reason: string): void {
  problems.push({ line: fields.get(key)?.line ?? 1, reason });
}
