import { chmod, cp, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findFrontMatter } from "../../core/roles/front-matter.js";
import type { FileProblem, FileReader } from "./skill-files.js";

const skillName = "SKILL.md";

/** Prefix of the operator's skills, as in `own:release-notes`. */
const pluginName = "own";

/** The operator's skills that agents may look up: folders by name, and problems. */
export interface OwnSkills {
  folders: ReadonlyMap<string, string>;
  problems: readonly FileProblem[];
}

/** Reads `<folder>/skills/<skill>/SKILL.md`; undefined if the folder does not exist. */
export async function loadOwnSkills(folder: string, files: FileReader): Promise<OwnSkills | undefined> {
  const root = join(folder, "skills");
  const names = await files.listFolders(root).catch((error: Error) => error);
  if (names === undefined) return undefined;
  if (names instanceof Error) return { folders: new Map(), problems: [{ file: root, reason: names.message }] };
  const folders = new Map<string, string>();
  const problems: FileProblem[] = [];
  for (const name of names.toSorted()) {
    const path = join(root, name);
    const problem = await problemOf(join(path, skillName), files);
    if (problem) problems.push(problem);
    else folders.set(name, path);
  }
  return { folders, problems };
}

/** Only checks the description, which agents need to choose a skill. Claude Code parses the file itself, with full YAML. */
async function problemOf(file: string, files: FileReader): Promise<FileProblem | undefined> {
  const markdown = await files.readText(file).catch((error: Error) => error);
  if (markdown instanceof Error) return { file, reason: markdown.message };
  if (markdown === undefined) return { file, reason: `there is no ${skillName} in this folder` };
  const found = findFrontMatter(markdown);
  if ("reason" in found) return { file, ...found };
  const isDescribed = found.head.some((line) => /^description:\s*\S/.test(line));
  return isDescribed ? undefined : { file, line: 1, reason: "`description` is missing" };
}

/** Copies the skills into an agent's folder as the Claude Code plugin named in `ownSkillsFolder`. */
export async function placeOwnSkills(agentFolder: string, folders: ReadonlyMap<string, string>): Promise<void> {
  const plugin = join(agentFolder, ownSkillsFolder);
  const draft = `${plugin}.part`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(join(draft, ".claude-plugin"), { recursive: true });
  await mkdir(join(draft, "skills"));
  const manifest = { name: pluginName, description: "Skills of whoever runs Parley" };
  await writeFile(join(draft, ".claude-plugin", "plugin.json"), JSON.stringify(manifest));
  for (const [name, path] of folders)
    await cp(path, join(draft, "skills", name), { recursive: true, dereference: true });
  await letEveryoneRead(draft);
  await rm(plugin, { recursive: true, force: true });
  await rename(draft, plugin);
}

/** Folder of the operator’s own skills, below the data folder. */
export const ownSkillsFolder = "own-skills";

/** Makes files readable for the agent, which runs as another user. */
async function letEveryoneRead(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  for (const path of [folder, ...entries.map((entry) => join(folder, entry))]) {
    const { mode } = await stat(path);
    await chmod(path, (mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
