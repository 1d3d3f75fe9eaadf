import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import recorded from "../../fixtures/openai-requests.json" with { type: "json" };
import { findCodex } from "../../support/programs.js";
import { needsCodex } from "../../support/require.js";
import { type CodexOptions, runCodex } from "./codex-process.js";
import { createOpenedGateways, type OpenedGateway, openAiKey, steps } from "./open-gateway.js";
import { beyondRecorded } from "./request-shape.js";

const { open, stop } = createOpenedGateways();
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await stop();
  for (const close of closing.splice(0)) await close();
});

const patience = 240_000;
const models = ["gpt-6.2-sol", "gpt-5.5"];
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC";

const codex = async (opened: OpenedGateway, more: Pick<CodexOptions, "prompt"> & Partial<CodexOptions>) =>
  runCodex({ binary: findCodex() ?? "codex", opened, model: "gpt-6.2-sol", ...more });

/** A command through the tool that each model has for it. */
const toolOf: Record<string, object> = {
  "gpt-6.2-sol": {
    tool: "exec",
    input: 'const ran = await tools.exec_command({ cmd: "echo found-$((40+2))" }); text(ran.output);',
  },
  "gpt-5.5": { tool: "exec_command", input: { cmd: "echo found-$((40+2))" } },
};
const turnWith = (model: string) =>
  `Go ${steps({ thinking: "hm", text: "looking", ...toolOf[model] }, { text: "fin" })}`;

/** The provider refused nothing, and the gateway neither. */
function expectNothingRefused({ emulator, room }: OpenedGateway): void {
  expect(emulator.requests.flatMap(({ refusal }) => refusal ?? [])).toEqual([]);
  expect(room.blocked).toEqual([]);
}

needsCodex()("Codex through the gateway", () => {
  test.each(models)(
    "plays a turn with a tool of %s, and sends no more than was recorded",
    { timeout: patience },
    async (model) => {
      const opened = await open({ models: [model] });
      const { code, said, headers } = await codex(opened, { model, prompt: turnWith(model) });
      expect([code, said.trim()]).toEqual([0, "fin"]);
      expectNothingRefused(opened);
      const { requests } = opened.emulator;
      expect(requests.map(({ path, token, outcome }) => [path, token, outcome])).toEqual([
        ["/v1/responses", openAiKey, "completed"],
        ["/v1/responses", openAiKey, "completed"],
      ]);
      expect(requests[1]?.input?.results.join("\n")).toContain("found-42");
      expect(opened.room.settled.map((usage) => usage?.outputTokens)).toEqual(
        requests.map(({ usage }) => usage?.output_tokens),
      );
      for (const { body, path } of requests) expect(beyondRecorded({ path, headers, body }, recorded)).toEqual([]);
    },
  );

  test("sends an image that it was given", { timeout: patience }, async () => {
    const opened = await open();
    const folder = await mkdtemp(join(tmpdir(), "codex-image-"));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const image = join(folder, "p.png");
    await writeFile(image, Buffer.from(pixel, "base64"));
    const { said } = await codex(opened, { prompt: `Look ${steps({ text: "fin" })}`, images: [image] });
    expect(said.trim()).toBe("fin");
    expectNothingRefused(opened);
    expect(JSON.stringify(opened.emulator.requests[0]?.body)).toContain("data:image/png;base64,");
  });

  test("is refused its own web search where that was left on, and the room is told", {
    timeout: patience,
  }, async () => {
    const opened = await open({ models: ["gpt-5.5"] });
    const { code, log } = await codex(opened, { model: "gpt-5.5", prompt: steps({ text: "fin" }), config: [] });
    expect(code).not.toBe(0);
    expect(log).toContain("is not allowed to agents of this room");
    expect(opened.room.blocked).toContainEqual({ outcome: "refused", what: "tool", name: "web_search" });
    expect(opened.emulator.requests).toEqual([]);
  });

  test("ends its turn at once when the budget is spent", { timeout: patience }, async () => {
    const opened = await open();
    opened.room.isAllowed = async () => false;
    const { code, log } = await codex(opened, { prompt: steps({ text: "fin" }) });
    expect(code).not.toBe(0);
    expect(log).toContain("the budget of this agent or its room is used up");
    expect(opened.emulator.requests).toEqual([]);
  });

  test.each([
    ["a 500", { status: 500 }],
    ["a 429 with the time to wait", { status: 429, retryAfterS: 1 }],
    ["a cut stream", { cut: "mid" }],
    ["a response that failed", { failed: "server_error" }],
  ])("tries again after %s, and each call is counted once", { timeout: patience }, async (_what, fault) => {
    const opened = await open();
    const { code, said } = await codex(opened, { prompt: steps(fault, { text: "the whole answer after all" }) });
    expect([code, said.trim()]).toEqual([0, "the whole answer after all"]);
    expect(opened.emulator.requests.map(({ outcome }) => outcome)).toEqual(["faulted", "completed"]);
    expect(opened.room.settled).toHaveLength(2);
    expectNothingRefused(opened);
  });
});
