import { afterAll } from "vitest";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../../adapters/docker/image/claude-code-release.js";
import { createDockerSandboxes } from "../../../adapters/docker/sandboxes.js";
import { createDockerWorkspaces } from "../../../adapters/docker/workspaces.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { testWorkspacesContract, type WorkspacesUnderTest, workspaceFiles } from "../../contract/workspaces.js";
import { newInstallationId } from "../../support/docker-installation.js";
import { needsDocker } from "../../support/require.js";

const image = agentImageTag(CLAUDE_CODE_VERSION);
const clock = createSystemClock();
const limits = { memoryMb: 256, cpus: 1, pids: 64 };

const files = Object.entries(workspaceFiles).map(([path, file]) =>
  typeof file === "string"
    ? `mkdir -p "$(dirname ${path})"; printf '${file.replaceAll("\n", "\\n")}' > ${path}`
    : `ln -s ${file.linkTo} ${path}`,
);
const commit =
  "git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm first && printf 'export const a = 2;\\n' > src/a.ts";

needsDocker()("volumes of containers", () => {
  let made: Promise<WorkspacesUnderTest> | undefined;
  const closing: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const close of closing) await close();
  });

  async function make(): Promise<WorkspacesUnderTest> {
    const installationId = newInstallationId();
    const sandboxes = createDockerSandboxes({ installationId, image, clock, logger: createMemoryLogger() });
    const workspaces = createDockerWorkspaces({ installationId, image, clock });
    closing.push(workspaces.close);
    for (const [agent, more] of [
      ["coder", []],
      ["builder", [commit]],
    ] as const) {
      const id = `${agent}_1`;
      const sandbox = await sandboxes.start({
        id,
        labels: { room: "r1", agent },
        command: ["sleep", "60"],
        env: {},
        limits,
      });
      closing.push(() => sandboxes.remove(id, { volumes: true }));
      const ran = await sandbox.exec?.(["bash", "-ec", [...files, ...more].join("\n")]);
      if (ran?.code !== 0) throw new Error(ran?.output);
      // The agent sleeps: its folder is looked into all the same.
      await sandboxes.remove(id, { volumes: false });
    }
    closing.push(sandboxes.close);
    return { workspaces, agent: { roomId: "r1", name: "coder" }, repository: { roomId: "r1", name: "builder" } };
  }

  testWorkspacesContract("docker", () => {
    made ??= make();
    return made;
  });
});
