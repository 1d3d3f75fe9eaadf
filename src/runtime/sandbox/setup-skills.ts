import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Prefix of a repository's skills, as in `repo:release-notes`. */
const pluginName = "repo";

/** Folder of a repository's skills in an agent's files: a plugin of Claude Code. */
export const setupSkillsFolder = "repository-skills";

/**
 * Writes skills of a repository into an agent's folder, in place of those there before. `files`: texts by their paths below a folder of skills, which the
 * caller has checked (`skillFileOf`). A text that begins with `#!` may be run. Gives the plugin's folder.
 */
export async function placeSetupSkills(agentFolder: string, files: ReadonlyMap<string, string>): Promise<string> {
  const plugin = join(agentFolder, setupSkillsFolder);
  const draft = `${plugin}.part`;
  await rm(draft, { recursive: true, force: true });
  const manifest = { name: pluginName, description: "Skills of this room's repository, as its owner accepted them" };
  await write(draft, ".claude-plugin/plugin.json", JSON.stringify(manifest));
  for (const [path, text] of files) await write(draft, join("skills", path), text);
  await rm(plugin, { recursive: true, force: true });
  await rename(draft, plugin);
  return setupSkillsFolder;
}

/** Readable for the agent, which runs as another user. */
async function write(root: string, path: string, text: string): Promise<void> {
  const parts = dirname(path).split("/");
  for (const [at] of parts.entries()) {
    const folder = join(root, ...parts.slice(0, at + 1));
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
  }
  await chmod(root, 0o755);
  await writeFile(join(root, path), text);
  await chmod(join(root, path), text.startsWith("#!") ? 0o755 : 0o644);
}
