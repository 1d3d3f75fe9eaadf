import { join } from "node:path";
import type { Config } from "../config.js";
import type { Clock } from "../ports/clock.js";
import type { Health } from "../ports/health.js";
import type { Logger } from "../ports/logger.js";
import { createLiveRoles, type LiveRoles } from "../runtime/roles/live-roles.js";
import { loadRoles, type RoleCatalogue } from "../runtime/roles/roles.js";
import { describeProblem } from "../runtime/roles/skill-files.js";
import { files, packageRoot } from "./package-files.js";

/**
 * The roles Parley comes with and the operator's own; the latter are read again when they change. What cannot be used is told at the start, in the log
 * and in the health of the server.
 */
export async function openRoles(
  config: Config,
  { complain, clock, logger }: { complain: (line: string) => void; clock: Clock; logger: Logger },
): Promise<LiveRoles> {
  const own = config.skillsDir;
  const read = (known?: RoleCatalogue) =>
    loadRoles([join(packageRoot, "skills"), ...(own === undefined ? [] : [own])], files, known);
  const first = await read();
  for (const problem of first.problems)
    complain(
      `parley: ${describeProblem(problem, { short: false })}. Until this is corrected, no agent gets what it was to give.`,
    );
  const live = createLiveRoles({
    first,
    read,
    stamp: async () => (own === undefined ? "" : ((await files.stampOf?.(own)) ?? "")),
    onRead: ({ newProblems, problems }) => {
      for (const { file, line, reason } of newProblems)
        logger.warn(
          { file, line, reason },
          "a role or skill cannot be used; agents that have the role keep it as it was",
        );
      logger.info({ problems }, "the roles were reloaded");
    },
    clock,
  });
  if (own !== undefined) live.start();
  return live;
}

/** Problems of the operator's own roles, each with file, line and reason. */
export async function ownRoleProblems(skillsDir: string): Promise<string[]> {
  const { problems } = await loadRoles([skillsDir], files);
  return problems.map((problem) => describeProblem(problem, { short: false }));
}

/** Anybody may read a server's health, so it names no file. */
export function rolesHealth({ catalogue }: Pick<LiveRoles, "catalogue">): Record<string, () => Promise<Health>> {
  return {
    roles: async () => {
      const { length } = catalogue.problems;
      if (length === 0) return { ok: true };
      const detail = `${length} ${length === 1 ? "problem" : "problems"} in the files of roles; the server's log has file, line and reason`;
      return { ok: false, detail };
    },
  };
}
