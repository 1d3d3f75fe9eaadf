import { type Repository, repositoryOf, repositoryUrl } from "../../src/core/values/repository.js";
import type { AgentSpec } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox } from "../../src/ports/sandboxes.js";
import type { ClaudeCodeRole } from "./options.js";
import type { RunCommand } from "./setup/reader.js";
import { branchesScript, cloneScript, notEmptyCode, parleyFolder } from "./work-scripts.js";

/** The room's repository in an agent's work folder. */
export interface WorkFolder {
  /**
   * Clones the repository if the folder is empty, then lets Claude Code start; this has a time limit, and without a clone the agent starts all the
   * same. For a sandbox that was running already it only checks whether that was done, and rejects with a `PortError` (`closed`) otherwise: Claude
   * Code has not started there and has received nothing.
   */
  prepare(sandbox: Sandbox): Promise<void>;
  /** Why it is not there, a sentence for the room. Undefined: it is. */
  problem(): string | undefined;
  /** Something is to be done or said before the next turn. */
  hasNews(): boolean;
  /** Prepares the folder, and returns the notice for the agent. Never rejects. */
  beforeTurn(): Promise<string | undefined>;
}

export interface WorkFolderOptions {
  spec: AgentSpec;
  repository: Repository;
  role: ClaudeCodeRole;
  /** Called in a sandbox in which no agent has run yet, beside the clone. Never rejects. Absent: nothing else is read. */
  readSetup?: ((run: RunCommand) => Promise<void>) | undefined;
  clock: Clock;
  logger: Logger;
}

/** Claude Code starts in a folder that is ready: the entry of its process waits for this file, which only the router makes that started it. */
export const readyFile = "/tmp/parley-work-is-ready";

const cloneSeconds = 240;
const branchesSeconds = 60;
const readySeconds = 15;
/** Longest wait for commands in the sandbox and for a hanging engine. */
const spareMs = 15_000;
/** Of `timeout`: the time was up; killed. */
const lateCodes: readonly number[] = [124, 137];
const maxReasonChars = 300;

/** The repository to clone into work folders; undefined if the room has none or it cannot be reached. */
export function repositoryToPut({ repo }: AgentSpec, repositoriesAt: string | undefined): Repository | undefined {
  return repositoriesAt === undefined ? undefined : repositoryOf(repo);
}

export function canRunGit({ tools }: ClaudeCodeRole): boolean {
  return tools.allow.includes("Bash");
}

export function createWorkFolder(options: WorkFolderOptions): WorkFolder {
  const { spec, repository, role, clock, logger } = options;
  const url = repositoryUrl(repository);
  let held: Sandbox | undefined;
  let problem: string | undefined;
  let isTold = false;

  async function run(sandbox: Sandbox, command: readonly string[], seconds: number): Promise<Ran> {
    let cancel = () => {};
    const late = new Promise<Ran>((resolve) => {
      cancel = clock.after(seconds * 1_000 + spareMs, () => resolve({ code: 124, output: "" }));
    });
    const ran = sandbox.exec?.(command) ?? Promise.resolve({ code: 1, output: "nothing can be run in this sandbox" });
    return Promise.race([ran.catch(() => ({ code: 1, output: "nothing could be run in its sandbox" })), late]).finally(
      cancel,
    );
  }

  function why({ code, output }: Ran, seconds: number): string {
    if (code === notEmptyCode) return "its work folder holds other files";
    return lateCodes.includes(code) ? `it took longer than ${seconds} s` : reasonIn(output);
  }

  async function refuseUnready(sandbox: Sandbox): Promise<void> {
    const { code } = await run(sandbox, ["test", "-e", readyFile], readySeconds);
    if (code === 0) return;
    throw new PortError("Parley ended while it prepared this sandbox.", { code: "closed", retryable: false });
  }

  function note(what: string, reason: string): void {
    logger.warn({ roomId: spec.roomId, agent: spec.name, repository: url, reason }, what);
  }

  return {
    async prepare(sandbox) {
      held = sandbox;
      if (sandbox.reattached) return refuseUnready(sandbox);
      const asked = [url, spec.branch ?? "", String(cloneSeconds)];
      const [ran] = await Promise.all([
        run(sandbox, ["sh", "-c", cloneScript, "clone", ...asked], cloneSeconds),
        options.readSetup?.((command, seconds) => run(sandbox, command, seconds)),
      ]);
      if (ran.code !== 0) {
        problem = why(ran, cloneSeconds);
        note("a repository could not be put into an agent's work folder", problem);
      }
      await run(sandbox, ["touch", readyFile], readySeconds);
    },
    problem: () =>
      problem === undefined
        ? undefined
        : `${spec.name} works without ${url}: it could not be cloned (${problem}). It is tried again the next time its session opens.`,
    hasNews: () => (problem === undefined ? !canRunGit(role) : !isTold),
    async beforeTurn() {
      if (problem !== undefined) {
        isTold = true;
        return `your work folder has no clone of ${url}: ${problem}`;
      }
      if (!held) return undefined;
      const command = [
        "timeout",
        "-k",
        "5",
        String(branchesSeconds),
        "sh",
        "-c",
        branchesScript,
        "branches",
        "/work",
        url,
      ];
      const ran = await run(held, command, branchesSeconds);
      if (ran.code === 0) return undefined;
      const reason = why(ran, branchesSeconds);
      note("the branches in an agent's work folder could not be brought up to date", reason);
      return `your clone and ${parleyFolder}/branches could not be brought up to date: ${reason}`;
    },
  };
}

interface Ran {
  code: number;
  output: string;
}

/** Parley's own sentence if there is one, else Git's last line. */
function reasonIn(output: string): string {
  const lines = output.split("\n").map((line) => line.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim());
  const ours = lines
    .map((line) => /(?:remote|remote error): Parley: (.+)$/.exec(line)?.[1])
    .find((said) => said !== undefined);
  const gits = lines.map((line) => /^(?:fatal|error): (.+)$/.exec(line)?.[1]).findLast((said) => said !== undefined);
  return (ours ?? gits ?? lines.findLast((line) => line !== "") ?? "no reason was given")
    .slice(0, maxReasonChars)
    .replace(/\.$/, "");
}
