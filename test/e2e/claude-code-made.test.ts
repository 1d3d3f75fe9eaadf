import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { byRole, rules, text, tool } from "../emulators/anthropic/script.js";
import { type ClaudeParley, startClaudeParley } from "../support/claude-parley.js";
import { eventually, type LoggedEvent } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";

const report = "# March\n\nAll is well: ✓\n";

/** Writes a file, sends it, and names one that is not there. */
const makesReport = rules([
  {
    prompt: /write the report/,
    steps: [
      tool("Write", { file_path: "/work/out/report.md", content: report }),
      text("@mia Here it is.\nATTACH: out/report.md"),
    ],
  },
  { prompt: /send the plan/, steps: [text("@mia The plan.\nATTACH: plan.md")] },
]);

needsDocker()("what an agent in a container made", () => {
  let parley: ClaudeParley;

  beforeAll(async () => {
    await ensureBuilt();
    parley = await startClaudeParley({ script: byRole({ coder: makesReport }), agents: [{ name: "coder" }] });
  }, 120_000);
  afterAll(() => parley?.stop(), 60_000);

  const until = (holds: (event: LoggedEvent) => boolean) =>
    eventually(parley.events, (events) => events.some(holds), 90_000);
  const get = (path: string) => {
    const { server, room } = parley;
    const headers = { authorization: `Bearer ${room.token}` };
    return fetch(`${server.url}/api/rooms/${room.roomId}/${path}`, { headers });
  };

  test("is attached to its message, byte for byte, and is seen in its work folder and in the steps of its turn", {
    timeout: 120_000,
  }, async () => {
    await parley.say("@coder write the report");
    const events = await until(({ type, from }) => type === "message.posted" && from === "coder");
    const said = events.find(({ type, from }) => type === "message.posted" && from === "coder");
    const [attachment] = (said?.attachments ?? []) as { name: string; bytes: number; sha256: string }[];
    expect(attachment).toMatchObject({ name: "report.md", bytes: Buffer.byteLength(report) });
    const file = await get(`files/${attachment?.sha256}`);
    expect(file.headers.get("content-disposition")).toContain("attachment");
    expect(await file.text()).toBe(report);

    const tree = await get("agents/coder/workspace/tree?path=out");
    expect(await tree.json()).toMatchObject({ entries: [{ name: "report.md", kind: "file" }] });
    const { turns } = (await (await get("agents/coder/turns")).json()) as { turns: { turnId: string }[] };
    const steps = await (await get(`turns/${turns[0]?.turnId}/steps`)).text();
    expect(steps).toContain("/work/out/report.md");
  });

  test("that is not there sends the message back to it", { timeout: 120_000 }, async () => {
    await parley.say("@coder send the plan");
    const events = await until(({ type }) => type === "message.bounced");
    expect(events.find(({ type }) => type === "message.bounced")?.detail).toContain("plan.md");
  });
});
