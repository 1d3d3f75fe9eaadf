import { expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { openAiModels } from "../../../adapters/openai/models.js";
import type { RoomService } from "../../../src/runtime/rooms/service.js";
import { createCallContent } from "../../../src/runtime/sandbox/call-content.js";
import { given } from "../../support/given.js";
import { agent } from "../../support/room-builder.js";

test.each<[string, { runtime: string; role: string; model?: string }, string[]]>([
  ["Claude Code's default", { runtime: "claude-code", role: "none" }, ["sonnet", "haiku"]],
  ["a role's", { runtime: "claude-code", role: "claude" }, ["opus", "haiku"]],
  ["Codex's default", { runtime: "codex", role: "none" }, ["gpt-6.2-sol"]],
  ["Codex's default, for a role is made for any runtime", { runtime: "codex", role: "claude" }, ["gpt-6.2-sol"]],
  ["a role's of OpenAI", { runtime: "codex", role: "gpt" }, ["gpt-6-luna"]],
  ["the agent's own", { runtime: "codex", role: "none", model: "my-model" }, ["my-model"]],
])("an agent may call %s", async (_what, fields, models) => {
  const { room } = given(agent("coder", fields));
  const rooms = { peek: async (_id: string, look: (state: typeof room) => unknown) => look(room) };
  const content = createCallContent({
    rooms: rooms as unknown as RoomService,
    modelOfRole: (role) => ({ claude: "opus", gpt: "gpt-6-luna" })[role],
    defaultModel: "sonnet",
    modelsOfRuntime: { codex: openAiModels },
    logger: createMemoryLogger(),
  });
  expect((await content.allowedOf({ roomId: "r1", name: "coder" })).models).toEqual(models);
});
