import { describe, expect, test } from "vitest";
import { PortError } from "../../../src/ports/port-error.js";
import type { Workspaces } from "../../../src/ports/workspaces.js";
import { routeCalls } from "../../../src/runtime/rooms/routed-calls.js";
import { createWorkFolders } from "../../../src/runtime/rooms/work-folders.js";
import { everyAgentsWork } from "../../support/every-agents-work.js";

const agent = { roomId: "r1", name: "coder" };
const parley = "1.0.0";

/** `node-b` is the home of the agent; `node-a` is asked. */
function fleet({ own = everyAgentsWork(), version = parley }: { own?: Workspaces; version?: string } = {}) {
  const rooms = {
    read: async <T>(_roomId: string, look: (room: never) => T) =>
      look({ participants: new Map([["coder", { kind: "agent", home: "node-b" }]]) } as never),
  };
  const calls = {
    call: async (node: string, request: unknown) => {
      const answer = node === "node-b" ? atHome.answer(JSON.parse(JSON.stringify(request))) : undefined;
      if (!answer) throw new PortError("no answer", { code: "unavailable", retryable: true });
      return JSON.parse(JSON.stringify(await answer));
    },
  };
  const atHome = createWorkFolders({ rooms, own, node: "node-b", calls, parley: version });
  return { atHome, asking: createWorkFolders({ rooms, node: "node-a", calls, parley }) };
}

describe("the work folder of an agent at another process", () => {
  test("is answered by its home, as there", async () => {
    const { asking, atHome } = fleet();
    expect(await asking.list(agent, "")).toEqual(await atHome.list(agent, ""));
    expect(await asking.status(agent)).toEqual(await atHome.status(agent));
    expect(await asking.diff(agent, { path: "README.md" })).toEqual(await atHome.diff(agent, { path: "README.md" }));
    const file = await asking.read(agent, "README.md", { offset: 2, maxBytes: 3 });
    expect([Buffer.from(file?.bytes ?? []).toString(), file?.size]).toEqual(["hel", 8]);
    expect(await asking.read(agent, "none")).toBeUndefined();
  });

  test("refuses there what it refuses here", async () => {
    await expect(fleet().asking.read(agent, "way-out")).rejects.toMatchObject({ code: "refused" });
  });

  test("is unavailable, with the name of its home, where that does not answer or is of another version", async () => {
    const failed = { code: "unavailable", message: expect.stringContaining("node-b") };
    await expect(fleet({ version: "2.0.0" }).asking.list(agent, "")).rejects.toMatchObject(failed);
    await expect(fleet().asking.archive(agent)).rejects.toMatchObject(failed);
  });
});

test("calls that nobody takes first go to the part that serves", async () => {
  let served: ((from: string, request: unknown) => Promise<unknown>) | undefined;
  const calls = routeCalls({
    call: async () => undefined,
    isReachable: () => true,
    serve: (answer) => {
      served = answer;
      return () => {};
    },
  });
  calls.answerFirst((_from, request) => (request === "mine" ? Promise.resolve("taken") : undefined));
  calls.serve(async () => "served");
  expect([await served?.("a", "mine"), await served?.("a", "other")]).toEqual(["taken", "served"]);
});
