import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { runtimeImageTag } from "../../adapters/docker/image/runtime-images.js";
import type { RuntimeImage } from "../cli/surroundings.js";
import type { RuntimeDefinition } from "../core/roles/runtime-definition.js";
import { parseRuntime } from "../runtime/roles/runtime-file.js";
import { describeProblem, type FileProblem } from "../runtime/roles/skill-files.js";
import { shippedRuntimes } from "./shipped-runtimes.js";

/** The definitions of ACP runtimes, and what is wrong with those that cannot be used. */
export interface ReadRuntimes {
  definitions: readonly RuntimeDefinition[];
  problems: readonly FileProblem[];
}

/** Names of runtimes that are no definitions. */
const taken: readonly string[] = ["claude-code", "scripted", "external"];

/** The runtimes that Parley ships, and those of a folder: each `<name>.yaml` or `.yml` in it. A file replaces a shipped runtime of its name, also while it cannot be used. */
export async function readRuntimes(folder: string | undefined): Promise<ReadRuntimes> {
  const definitions = new Map(shippedRuntimes.map((definition) => [definition.name, definition]));
  if (folder === undefined) return { definitions: [...definitions.values()], problems: [] };
  const problems: FileProblem[] = [];
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    problems.push({ file: folder, reason: `it cannot be read (${error.code ?? error.message})` });
    return [];
  });
  for (const name of names.filter((one) => /^[^.].*\.ya?ml$/.test(one)).toSorted()) {
    const file = join(folder, name);
    const runtime = name.replace(/\.ya?ml$/, "");
    definitions.delete(runtime);
    const read = parseRuntime(await readFile(file, "utf8").catch((error: Error) => `\0${error.message}`));
    if (read.kind === "problems") problems.push(...read.problems.map((problem) => ({ file, ...problem })));
    else if (read.definition.name !== runtime)
      problems.push({ file, line: 1, reason: `its name is ${read.definition.name}, and its file is called ${name}` });
    else if (taken.includes(runtime))
      problems.push({ file, line: 1, reason: `${runtime} is a runtime of Parley's own` });
    else definitions.set(runtime, read.definition);
  }
  return { definitions: [...definitions.values()], problems };
}

/** The problems in a folder of definitions, for people, each with file and line. */
export async function runtimeProblems(folder: string): Promise<string[]> {
  return (await readRuntimes(folder)).problems.map((problem) => describeProblem(problem, { short: false }));
}

/** The images of the runtimes whose model there is a credential for in this environment. */
export async function runtimeImages(env: Readonly<Record<string, string | undefined>>): Promise<RuntimeImage[]> {
  const { definitions } = await readRuntimes(env.PARLEY_RUNTIMES_DIR || undefined);
  const has = {
    openai: Boolean(env.OPENAI_API_KEY),
    anthropic: Boolean(env.ANTHROPIC_API_KEY || env.CLAUDE_CODE_OAUTH_TOKEN),
  };
  return definitions.flatMap(({ name: runtime, image, providers = [] }) => {
    if (image === undefined || !providers.every((provider) => has[provider])) return [];
    return [{ runtime, image, isBuiltHere: runtimeImageTag(runtime) === image }];
  });
}
