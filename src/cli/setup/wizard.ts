import { resolve } from "node:path";
import type { ChatSetup, NamedId, SetupFinding, SetupResult } from "../../ports/chat-setup.js";
import type { Context } from "../command.js";
import { RefusedError } from "../errors.js";
import { dim, strong, styled } from "../screen.js";
import { writeEnvFile } from "./env-file.js";
import type { Prompts } from "./prompts.js";

/** Values from the command line; the wizard does not ask for them. */
export interface WizardOptions {
  approvers: string | undefined;
  channel: string | undefined;
  publicUrl: string | undefined;
}

/** One set-up while it runs. */
export interface Wizard {
  context: Context;
  setup: ChatSetup;
  prompts: Prompts;
  options: WizardOptions;
  /** The environment, and what was found out since. */
  values: Record<string, string | undefined>;
  /** What this set-up has written into `.env`. */
  written: Record<string, string>;
}

/** Numbered in the order of the set-up, printed before what a person has to do. */
export function explainStep({ context: { screen } }: Wizard, title: string, lines: readonly string[]): void {
  screen.line("");
  screen.line(strong(title));
  for (const line of lines) screen.line(line, { indent: 2, hang: 0 });
}

/** An address on a line of its own, never wrapped: a wrapped one cannot be opened with a click. */
export function showLink({ context: { screen } }: Wizard, url: string): void {
  screen.open(`\n  ${url}\n\n`);
}

export function showFinding({ context: { screen } }: Wizard, { level, seen, todo }: SetupFinding): void {
  const look = { ok: "good", warn: "warn", fail: "bad" } as const;
  screen.line([styled(look[level], screen.symbols[level]), ` ${capital(seen)}.`], { indent: 2, hang: 2 });
  if (todo !== undefined) screen.line(`${screen.symbols.arrow} ${capital(todo)}.`, { indent: 4, hang: 2 });
}

const capital = (sentence: string): string =>
  /^https?:/.test(sentence) ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1);

/** Keeps a value for the rest of the set-up and in `.env`. */
export async function keep(wizard: Wizard, key: string, value: string): Promise<void> {
  const { context, values, written } = wizard;
  const fromEnvironment = context.env[key];
  await writeEnvFile(envFileOf(context), { [key]: value });
  values[key] = value;
  written[key] = value;
  if (fromEnvironment && fromEnvironment !== value && !context.envFileKeys().has(key)) {
    const seen = `${key} is set in the environment as well, which beats .env`;
    showFinding(wizard, { level: "warn", seen, todo: `unset ${key} before you start Parley` });
  }
}

export const envFileOf = ({ cwd }: Pick<Context, "cwd">): string => resolve(cwd, ".env");

/** Asks for a secret until the platform takes it. One that is set already and works is not asked for. */
export async function askSecret(wizard: Wizard, { key, question }: { key: string; question: string }): Promise<void> {
  const { prompts, setup, values } = wizard;
  if (values[key]) {
    const found = await setup.check(values, key);
    for (const finding of found) showFinding(wizard, finding);
    if (!failed(found)) return;
  }
  for (;;) {
    const value = await prompts.secret(`  ${question}: `);
    if (!/^[!-~]{8,}$/.test(value)) {
      const todo = "paste the whole token, which has no spaces";
      showFinding(wizard, { level: "fail", seen: `this is not a token (${value.length} characters)`, todo });
      continue;
    }
    const found = await setup.check({ ...values, [key]: value }, key);
    for (const finding of found) showFinding(wizard, finding);
    if (!failed(found)) return keep(wizard, key, value);
  }
}

const failed = (findings: readonly SetupFinding[]): boolean => findings.some(({ level }) => level === "fail");

/** Resolves to the answer; shows a problem, and asks the platform again after Enter. */
export async function until<T>(wizard: Wizard, ask: () => Promise<SetupResult<T>>): Promise<T> {
  for (;;) {
    const result = await ask();
    if ("found" in result) return result.found;
    showFinding(wizard, result.problem);
    await wizard.prompts.line("  Enter tries it again: ");
  }
}

/** Asks for the address of the page, unless it is set or was given. Empty: none, and nothing is written. */
export async function askPublicUrl(wizard: Wizard): Promise<void> {
  const { options, prompts, values } = wizard;
  if (values.PARLEY_PUBLIC_URL && options.publicUrl === undefined) return;
  let given = options.publicUrl;
  if (given === undefined) {
    explainStep(wizard, "Address of the page", [
      "At which address do people reach Parley in a browser? Cards link to it. Without one Parley shows no links, for an address of this machine is of no use to others.",
    ]);
    given = await prompts.line("  https://… (Enter: none yet): ");
  }
  for (;;) {
    if (given === "") return;
    const problem = wizard.context
      .configProblems({ PARLEY_PUBLIC_URL: given })
      .find((one) => one.includes("PARLEY_PUBLIC_URL"));
    if (problem === undefined) return keep(wizard, "PARLEY_PUBLIC_URL", given);
    showFinding(wizard, { level: "fail", seen: problem.replace(/\.$/, "") });
    given = await prompts.line("  https://… (Enter: none yet): ");
  }
}

/** Finds people and roles by the names given or typed, and keeps their ids beside those that stand there. */
export async function askApprovers(wizard: Wizard, key: string): Promise<void> {
  const { options, prompts, values, setup } = wizard;
  let given = options.approvers;
  if (given === undefined) {
    if (values[key]) return;
    explainStep(wizard, "Approvers", ["Who may decide in every room? Whoever makes a room may decide there anyway."]);
    given = await prompts.line("  Names, separated by commas (Enter: nobody else): ");
  }
  const ids = (values[key] ?? "").split(/[\s,]+/).filter(Boolean);
  for (const name of given.split(",").map((one) => one.trim())) {
    if (name === "") continue;
    const one = await chooseByName(wizard, {
      what: "person",
      name,
      find: (typed) => setup.find(values, { kind: "approver", name: typed }),
    });
    if (one !== undefined && !ids.includes(one.id)) ids.push(one.id);
  }
  if (ids.length > 0) await keep(wizard, key, ids.join(","));
}

interface Choice {
  /** The noun for a message: `person`, `public channel`. */
  what: string;
  name: string;
  find(name: string): Promise<SetupResult<NamedId[]>>;
}

/** The one of that name; with several a person chooses, and with none may type another. Undefined: left out. */
export async function chooseByName(wizard: Wizard, { what, name, find }: Choice): Promise<NamedId | undefined> {
  let typed = name;
  while (typed !== "") {
    const found = await until(wizard, () => find(typed));
    if (found.length > 0) {
      const one = await chooseOne(wizard, found);
      const detail = one.detail === undefined ? "" : ` (${one.detail})`;
      showFinding(wizard, { level: "ok", seen: `${one.name}${detail}` });
      return one;
    }
    showFinding(wizard, { level: "fail", seen: `no ${what} here is called ${typed}` });
    typed = await wizard.prompts.line("  Another name (Enter: go on without): ");
  }
  return undefined;
}

/** The only one, or the one whose number a person types. */
export async function chooseOne(wizard: Wizard, found: readonly NamedId[]): Promise<NamedId> {
  const { context, prompts } = wizard;
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const shown = found.slice(0, 20);
  for (const [at, { name, detail }] of shown.entries())
    context.screen.line([`${at + 1}  ${name} `, dim(detail ?? "")], { indent: 4, hang: 3 });
  for (;;) {
    const one = shown[Number(await prompts.line(`  Which one? 1 to ${shown.length}: `)) - 1];
    if (one !== undefined) return one;
  }
}

/** Posts the first card in the channel given or typed. */
export async function greetChannel(wizard: Wizard): Promise<void> {
  const { options, prompts, setup, values } = wizard;
  let name = options.channel;
  if (name === undefined) {
    explainStep(wizard, "First card", ["In which channel shall Parley say that it is here?"]);
    name = await prompts.line("  Channel (Enter: none): ");
  }
  const find = (typed: string) => setup.find(values, { kind: "channel", name: typed });
  const channel = await chooseByName(wizard, { what: "public channel", name, find });
  if (channel !== undefined) showFinding(wizard, await setup.greet(values, channel));
}

/** Throws unless this build has the platform and a person can answer. */
export function refuseWhere({ json, parts }: Context, platform: "slack" | "discord"): void {
  if (!parts.has(platform)) throw new RefusedError(`This build of Parley has no ${platform}.`);
  if (json)
    throw new RefusedError("parley setup asks a person and has no --json; parley doctor --json shows the result.");
}
