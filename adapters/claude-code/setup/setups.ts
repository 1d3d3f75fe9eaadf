import { repositoryUrl } from "../../../src/core/values/repository.js";
import type { AgentSpec } from "../../../src/ports/agents.js";
import type { Logger } from "../../../src/ports/logger.js";
import type { ClaudeCodeAgentsOptions, ClaudeCodeRole } from "../options.js";
import { repositoryToPut } from "../work-folder.js";
import { type AcceptedSetup, acceptedSetup, noSetup } from "./accepted.js";
import { type RunCommand, readSetup } from "./reader.js";

/** The set-ups of rooms' repositories, as agents of this process find and use them. */
export interface RepositorySetups {
  /** Reads the set-up at the head of the room's branch and offers it, unless that commit was already read. Never rejects. */
  look(spec: AgentSpec, run: RunCommand): Promise<void>;
  /** The set-up an agent uses, with its skills written to disk; `plugin`: their folder in the agent's files. Empty if no repository can be reached. */
  use(spec: AgentSpec, role: ClaudeCodeRole): Promise<{ setup: AcceptedSetup; plugin?: string }>;
}

/** Folder in a sandbox, on a memory disk that is created with it. */
const readDir = "/tmp/parley-setup";
/** Rooms whose last commit is remembered. */
const maxKnown = 1_000;

/** Set-ups for the agents of these options. */
export function createRepositorySetups({
  setups,
  repositoriesAt,
  logger,
}: Pick<ClaudeCodeAgentsOptions, "setups" | "repositoriesAt"> & { logger: Logger }): RepositorySetups {
  /** Commits that were offered, by room. */
  const known = new Map<string, string>();

  function remember(roomId: string, commit: string): void {
    known.delete(roomId);
    known.set(roomId, commit);
    const [oldest] = known.keys();
    if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
  }

  async function look(spec: AgentSpec, run: RunCommand): Promise<void> {
    const repository = repositoryToPut(spec, repositoriesAt);
    if (!setups || !repository) return;
    const { roomId, name, branch } = spec;
    try {
      const place = { url: repositoryUrl(repository), branch, dir: readDir };
      const found = await readSetup(run, place, { known: known.get(roomId) });
      if (!found) return;
      await setups.offer(roomId, found);
      remember(roomId, found.commit);
    } catch (error) {
      logger.warn({ roomId, agent: name, error }, "a repository's set-up for agents could not be read or offered");
    }
  }

  async function use(spec: AgentSpec, role: ClaudeCodeRole): Promise<{ setup: AcceptedSetup; plugin?: string }> {
    if (!setups || !spec.setup || !repositoryToPut(spec, repositoriesAt)) return { setup: noSetup };
    const setup = await acceptedSetup(spec.setup, { role, textOf: setups.textOf });
    if (setup.skills.size === 0) return { setup };
    return { setup, plugin: await setups.placeSkills({ roomId: spec.roomId, name: spec.name }, setup.skills) };
  }

  return { look, use };
}
