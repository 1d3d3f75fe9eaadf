import { join } from "node:path";
import type { Config } from "../config.js";
import type { Health } from "../ports/health.js";
import { loadRoles, type RoleCatalogue } from "../runtime/roles/roles.js";
import { describeProblem } from "../runtime/roles/skill-files.js";
import { files, packageRoot } from "./package-files.js";

/** The roles Parley comes with and the operator's own, read once. What cannot be used is told at the start and in the health of the server. */
export async function readRoles(config: Config, complain: (line: string) => void): Promise<RoleCatalogue> {
  const catalogue = await loadRoles([join(packageRoot, "skills"), ...ownFolders(config)], files);
  for (const problem of catalogue.problems)
    complain(
      `parley: ${describeProblem(problem, { short: false })}. Until this is corrected and Parley restarted, no agent gets what it was to give.`,
    );
  return catalogue;
}

/** Problems of the operator's own roles, each with file, line and reason. */
export async function ownRoleProblems(skillsDir: string): Promise<string[]> {
  const { problems } = await loadRoles([skillsDir], files);
  return problems.map((problem) => describeProblem(problem, { short: false }));
}

/** Anybody may ask for a server's health, so it names no file. */
export function rolesHealth({ problems }: RoleCatalogue): Record<string, () => Promise<Health>> {
  if (problems.length === 0) return {};
  const detail = `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in the files of roles; the server said file, line and reason when it started`;
  return { roles: async () => ({ ok: false, detail }) };
}

function ownFolders({ skillsDir }: Config): string[] {
  return skillsDir === undefined ? [] : [skillsDir];
}
