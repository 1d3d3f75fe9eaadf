import { expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import { PortError } from "../../src/ports/port-error.js";
import { createMemoryWorld, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };

test.each([
  ["in the same process", false],
  ["after a restart", true],
])(
  "a message written in a thread before Parley could store that the thread is there arrives, %s",
  async (_, restarts) => {
    const world = await createMemoryWorld();
    const platform = createMemoryPlatform({ platform: "memory", clock: world.clock });
    const { append } = world.log;
    let isAway = false;
    world.log.append = (stream, commits) => {
      isAway ||= platform.posts.length === 1 && stream === "rooms";
      const gone = new PortError("the log cannot be reached", { code: "unavailable", retryable: true });
      return isAway ? Promise.reject(gone) : append(stream, commits);
    };
    let parley = await startMemoryParley(world, { chats: [platform.chat()], life: 1 });
    void platform.act({ user: mia, channel: "C1", action: { kind: "command", text: "new early with teller" } });
    await pass(world, 5_000);
    expect([isAway, platform.posts.length]).toEqual([true, 1]);
    const thread = platform.posts[0]?.ids[0] ?? "";
    const action = { kind: "message", text: "are you there", startsWithUser: false, files: [] } as const;
    void platform.act({ user: mia, channel: "C1", thread, action });
    await pass(world, 20_000);
    world.log.append = append;
    if (restarts) {
      parley.kill();
      parley = await startMemoryParley(world, { chats: [platform.chat()], life: 2 });
    }
    await pass(world, 120_000);
    const streams = await world.log.streams("room/");
    const entries = await Promise.all(streams.map(({ stream }) => world.log.read(stream)));
    const events = entries.flat().flatMap((entry) => (entry.kind === "commit" ? entry.commit.events : []));
    const bodies = events.flatMap((event) =>
      event.type === "message.posted" ? [(event as { body?: string }).body] : [],
    );
    expect(bodies).toEqual(["are you there"]);
    parley.kill();
  },
);
