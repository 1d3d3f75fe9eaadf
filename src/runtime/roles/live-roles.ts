import type { Clock } from "../../ports/clock.js";
import type { RoleCatalogue } from "./roles.js";
import type { FileProblem } from "./skill-files.js";

/** Default time between two looks at the files. */
const lookEveryMs = 2_000;

export interface LiveRolesOptions {
  /** As read at the start. */
  first: RoleCatalogue;
  /** Reads everything; a role whose file cannot be used stays as it is `known`. */
  read: (known: RoleCatalogue) => Promise<RoleCatalogue>;
  /** Another text whenever a file changed; see `FileReader.stampOf`. */
  stamp: () => Promise<string>;
  /** After every reading: what is wrong now and was not before, and how many problems there are. */
  onRead: (report: { newProblems: readonly FileProblem[]; problems: number }) => void;
  clock: Clock;
  /** Default 2,000. */
  everyMs?: number;
}

/** Roles that follow their files. */
export interface LiveRoles {
  /** Always the latest; its members change. */
  catalogue: RoleCatalogue;
  /** Begins to look at the files. */
  start(): void;
  stop(): void;
}

/** Reads the roles again when their files changed. As long as something cannot be read at all, every look tries it again. */
export function createLiveRoles(options: LiveRolesOptions): LiveRoles {
  const { read, stamp, onRead, clock, everyMs = lookEveryMs } = options;
  let current = options.first;
  let readAt: string | undefined;
  let isStopped = false;
  let cancel = () => {};

  async function look(): Promise<void> {
    // The stamp is older than what is read, so a change in between is seen by the next look.
    const now = await stamp();
    const isUnreadable = current.problems.some((problem) => problem.isUnreadable);
    if (now === readAt && !isUnreadable) return;
    const before = current;
    current = await read(before);
    readAt = now;
    const newProblems = problemsSince(before, current);
    if (newProblems.length > 0 || !isUnreadable || current.problems.length !== before.problems.length)
      onRead({ newProblems, problems: current.problems.length });
  }

  async function lookOn(): Promise<void> {
    await look();
    if (!isStopped) cancel = clock.after(everyMs, () => void lookOn());
  }

  return {
    catalogue: latest(() => current),
    start: () => void lookOn(),
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

function problemsSince(before: RoleCatalogue, now: RoleCatalogue): FileProblem[] {
  const known = new Set(before.problems.map((problem) => JSON.stringify(problem)));
  return now.problems.filter((problem) => !known.has(JSON.stringify(problem)));
}

/** A catalogue that is always the one of this moment. */
function latest(current: () => RoleCatalogue): RoleCatalogue {
  return {
    get roles() {
      return current().roles;
    },
    get byFolder() {
      return current().byFolder;
    },
    get ownSkills() {
      return current().ownSkills;
    },
    get ownSkillsStamp() {
      return current().ownSkillsStamp;
    },
    get problems() {
      return current().problems;
    },
    find: (name) => current().find(name),
    isUnreadable: (name) => current().isUnreadable(name),
    whyUnusable: (name, part) => current().whyUnusable(name, part),
  };
}
