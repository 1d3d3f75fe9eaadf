import { describe, expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { RoomEvent } from "../../../src/core/room/event.js";
import type { GatePolicy } from "../../../src/core/room/policy.js";
import type { RepositoryCaller } from "../../../src/ports/repositories.js";
import type { RoomService } from "../../../src/runtime/rooms/service.js";
import { createRepositoryAccess } from "../../../src/runtime/sandbox/repository-access.js";
import { given } from "../../support/given.js";

const toolsOf = (role: string) =>
  ({ coder: ["Read", "Bash"], writer: ["Write"], reviewer: ["Read", "Grep"] })[role] as readonly string[] | undefined;

interface Told {
  type: string;
  text?: string;
  about?: string;
}

/** Asks as an agent of that role and gate policy would, and returns the adapter's view of it. */
async function ask(
  options: {
    role?: string;
    gate?: GatePolicy;
    roomGate?: GatePolicy;
    repo?: string;
    more?: RoomEvent[];
    branchesByRoom?: true;
  } = {},
) {
  const { role = "coder", gate, roomGate, repo = "https://github.com/acme/widgets", more = [] } = options;
  const { room } = given(
    [
      {
        type: "room.created",
        name: "Work",
        policy: roomGate === undefined ? {} : { gate: roomGate },
        repo,
        ...(options.branchesByRoom && { branchesByRoom: true as const }),
      },
      {
        type: "participant.joined",
        name: "kit",
        displayName: "kit",
        kind: "agent",
        role,
        ...(gate !== undefined && { gate }),
      } as RoomEvent,
    ],
    more,
  );
  let caller: RepositoryCaller | undefined;
  const told: Told[] = [];
  const rooms = {
    peek: async (_roomId: string, look: (seen: typeof room) => unknown) => look(room),
    execute: async (_roomId: string, command: Told) => told.push(command),
  } as unknown as RoomService;
  const access = createRepositoryAccess({
    allowedPushes: { in: async () => new Map() },
    repositories: {
      async handle(_request, given) {
        caller = given;
        return new Response("passed on");
      },
    },
    rooms,
    toolsOf,
    askForPush: async (_agent, { updates }) => `asked about ${updates.length}`,
    logger: createMemoryLogger(),
  });
  const request = new Request("http://parley.internal/git/github.com/acme/widgets/info/refs?service=git-upload-pack");
  expect(access.takes(request)).toBe(true);
  expect(access.takes(new Request("http://parley.internal/v1/messages"))).toBe(false);
  const response = await access.handle(request, { roomId: "r1", name: "kit" });
  return { caller, told, response };
}

describe("an agent's way to its room's repository", () => {
  test("is open to agents with the right to write, for pushes too", async () => {
    const widgets = { host: "github.com", owner: "acme", name: "widgets" };
    for (const role of ["coder", "writer"])
      expect((await ask({ role })).caller).toMatchObject({ agent: "kit", repository: widgets, whyNoPush: undefined });
    expect((await ask({ repo: "our widgets" })).caller?.repository).toBeUndefined();
  });

  test("is for reading only without a tool to write with", async () => {
    for (const role of ["reviewer", "unknown"])
      expect((await ask({ role })).caller?.whyNoPush).toBe(
        "kit only reads: its role has neither Bash nor Write, so it has nothing to push.",
      );
  });

  test("asks a person about each push while the agent's messages are held", async () => {
    const signal = new AbortController().signal;
    for (const gate of ["always", "first", { to: ["mia"] }, { prefix: ["DONE"] }] as GatePolicy[])
      for (const held of [{ gate }, { roomGate: gate }]) {
        const { caller } = await ask(held);
        expect(caller?.whyNoPush).toBeUndefined();
        expect(await caller?.allowPush?.({ updates: [], signal, look: async () => [] }), JSON.stringify(held)).toBe(
          "asked about 0",
        );
      }
    expect((await ask({ gate: "never", roomGate: "always" })).caller?.allowPush).toBeUndefined();
  });

  test("is closed to agents that have left, and in a closed room", async () => {
    for (const event of [{ type: "participant.left", name: "kit" }, { type: "room.closed" }] as RoomEvent[]) {
      const { caller, response } = await ask({ more: [event] });
      expect([caller, response.status, await response.text()]).toEqual([
        undefined,
        403,
        "Parley: this agent is not in the room any more.\n",
      ]);
    }
  });

  test("lets an agent write branches below its own folder, which a room made before has without its id", async () => {
    expect((await ask()).caller?.branchFolder).toBe("parley/kit/");
    expect((await ask({ branchesByRoom: true })).caller?.branchFolder).toBe("parley/r1/kit/");
  });

  test("reports pushes to the room, in one sentence", async () => {
    const { caller, told } = await ask();
    const [id, other] = ["a".repeat(40), "b".repeat(40)];
    caller?.onPushed([{ ref: "refs/heads/parley/kit/x", before: undefined, after: id }]);
    caller?.onPushed([
      { ref: "refs/heads/parley/kit/x", before: id, after: other },
      { ref: "refs/heads/parley/kit/y", before: id, after: undefined },
    ]);
    caller?.onPushed(
      Array.from({ length: 12 }, (_, index) => ({ ref: `refs/heads/parley/${index}`, before: undefined, after: id })),
    );
    expect(told.slice(0, 2)).toEqual([
      {
        type: "notice.post",
        text: "kit pushed parley/kit/x (aaaaaaa) to acme/widgets",
        about: "kit",
        severity: "info",
      },
      {
        type: "notice.post",
        text: "kit pushed parley/kit/x (bbbbbbb) to acme/widgets and deleted parley/kit/y of acme/widgets",
        about: "kit",
        severity: "info",
      },
    ]);
    expect(told[2]?.text).toMatch(/parley\/9 \(aaaaaaa\), 2 more to acme\/widgets$/);
  });
});
