import { describe, expect, test } from "vitest";
import { createClient } from "../../src/client/client.js";
import { type Cursor, parseCursor } from "../../src/client/cursor.js";
import { ProblemError, UnreachableError } from "../../src/client/errors.js";
import type { WatchItem } from "../../src/client/event-stream.js";
import { isAfter } from "../../src/core/room/position.js";
import { adminToken, createApi, makeRoom } from "../http/support/api.js";
import { useServer } from "../http/support/use-server.js";

const server = useServer();

async function setUp() {
  const api = await createApi();
  const room = await makeRoom(api);
  const url = await server.listen(api);
  const id = room.roomId;
  return { api, room, url, parts: { id }, owner: createClient({ url, token: room.owner }) };
}

/** Reads until the message with this body, and returns everything read. */
async function upTo(items: AsyncGenerator<WatchItem>, body: string): Promise<WatchItem[]> {
  const seen: WatchItem[] = [];
  for (;;) {
    const { value, done } = await items.next();
    if (done) throw new Error("the stream ended");
    seen.push(value);
    if (value.kind === "event" && value.event.body === body) return seen;
  }
}

const idsOf = (items: readonly WatchItem[]) =>
  items.flatMap((item) => (item.kind === "event" ? [`${item.event.version}.${item.event.index}`] : []));

describe("a client", () => {
  test("carries out operations, typed by their ids", async () => {
    const { url, owner, parts } = await setUp();
    const admin = createClient({ url, token: adminToken });
    const made = await admin.call("createRoom", { body: { name: "Made" }, idempotencyKey: "once" });
    const again = await admin.call("createRoom", { body: { name: "Made" }, idempotencyKey: "once" });
    expect(again.roomId).toBe(made.roomId);
    const { messageId } = await owner.call("postMessage", { parts, body: { body: "hi, all" } });
    const { messages } = await owner.call("listMessages", { parts, query: { limit: "1", q: "hi, all" } });
    expect(messages.map((message) => message.messageId)).toEqual([messageId]);
    await owner.call("removeAgent", { parts: { ...parts, name: "coder" } });
    await owner.call("pauseRoom", { parts });
    const room = await owner.call("getRoom", { parts });
    expect([room.state, room.participants.some(({ name }) => name === "coder")]).toEqual(["paused", false]);
    expect((await createClient({ url }).call("getHealth", {})).healthy).toBe(true);
  });

  test("does not compile with what an operation does not take", async () => {
    const { owner, parts } = await setUp();
    // @ts-expect-error: the address needs the room's id
    const withoutId = owner.call("getRoom", {});
    // @ts-expect-error: a message has a body
    const withoutBody = owner.call("postMessage", { parts, body: {} });
    // @ts-expect-error: no such role
    const wrongRole = owner.call("createInvite", { parts, body: { role: "king" } });
    for (const refused of await Promise.allSettled([withoutId, withoutBody, wrongRole]))
      expect(refused.status).toBe("rejected");
  });

  test("throws refusals of the server, and failed connections", async () => {
    const { url, room, parts } = await setUp();
    const viewer = createClient({ url, token: room.viewer });
    const refused = await viewer.call("pauseRoom", { parts }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProblemError);
    expect(refused).toMatchObject({ code: "problem", problem: { status: 403, code: "forbidden" } });
    await server.running?.close({ graceMs: 0 });
    await expect(viewer.call("getRoom", { parts })).rejects.toBeInstanceOf(UnreachableError);
  });

  test.each([{ version: 1 }, { version: 1, index: 1 }, { version: 2, index: 0 }])(
    "follows a room from the position it names: $version.$index",
    async (after) => {
      const { owner, room, parts } = await setUp();
      await owner.call("postMessage", { parts, body: { body: "here" } });
      const following = (from: Cursor) => owner.follow({ roomId: room.roomId, after: from });
      const [whole, part] = [following({ version: 0 }), following(after)];
      const all = idsOf(await upTo(whole, "here"));
      const found = idsOf(await upTo(part, "here"));
      await Promise.all([whole.return(undefined), part.return(undefined)]);
      const isBehind = (id: string) => isAfter(parseCursor(id) as Required<Cursor>, after);
      expect(found).toEqual(all.filter(isBehind));
      expect(found.length).toBeLessThan(all.length);
    },
  );

  test("follows a room and continues after the last event of an earlier stream, each event once", async () => {
    const { api, owner, room, parts } = await setUp();
    const items = owner.follow({ roomId: room.roomId });
    await owner.call("postMessage", { parts, body: { body: "before" } });
    const seen = await upTo(items, "before");
    await owner.call("postMessage", { parts, body: { body: "meanwhile" } });
    await items.return(undefined);
    const after = seen.flatMap((item) => (item.kind === "event" ? [item.event] : [])).at(-1);
    const resumed = owner.follow({ roomId: room.roomId, ...(after && { after }) });
    const more = await upTo(resumed, "meanwhile");
    await resumed.return(undefined);
    const { text } = await api.call("GET", `${room.path}/export`, { token: room.owner });
    const logged = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { version: number; index: number });
    expect([...idsOf(seen), ...idsOf(more)]).toEqual(logged.map(({ version, index }) => `${version}.${index}`));
  });
});
