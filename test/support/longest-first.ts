import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take 15 s and more: a late start of one keeps the whole run waiting while the other workers are idle. */
const longest = [
  "first-run",
  "faults/faults",
  "e2e/claude-code-taken-over",
  "e2e/claude-code-killed",
  "e2e/claude-code-repository",
  "adapters/slack/connection",
  "e2e/discord-room",
  "e2e/slack-room",
  "adapters/slack/contract",
  "adapters/slack/contract-http",
  "adapters/discord/both",
  "adapters/discord/contract",
  "adapters/discord/connection",
  "adapters/claude-code/contract",
  "adapters/claude-code/faults",
  "adapters/claude-code/claude-code",
  "adapters/claude-code/docker",
  "e2e/claude-code-faults",
  "e2e/chat-claude-code",
  "e2e/fleet",
  "e2e/wirings",
  "e2e/slack-fleet",
  "e2e/claude-code-egress",
  "adapters/docker/containers",
  "adapters/redis/parts",
  "crash/crash",
  "web/live",
  "web/gates",
  "web/layout",
  "web/join",
  "web/restart",
  "web/views",
  "web/pictures",
  "web/first-run",
  "support/summary-reporter",
].map((path) => `/test/${path}.test.ts`);

/** The longest files first, those that share a process last: they are short, and their process is kept only while it is theirs in turn. */
export class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specifications);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId, project }: TestSpecification): number {
  if (!project.config.isolate) return longest.length + 1;
  const place = longest.findIndex((path) => moduleId.endsWith(path));
  return place === -1 ? longest.length : place;
}
