import { expect, test } from "vitest";
import { createMemoryPlatform } from "../../adapters/memory/chat.js";
import { createMemoryWorld, pass, startMemoryParley } from "./memory-parley.js";

const mia = { id: "U-mia", displayName: "Mia" };

test.each(["refused", "post_gone"] as const)(
  "a root whose thread is refused for good (%s) parks with words, and is shown when it works again",
  async (code) => {
    const world = await createMemoryWorld();
    const platform = createMemoryPlatform({ platform: "memory", clock: world.clock });
    const parley = await startMemoryParley(world, { chats: [platform.chat()], life: 1 });
    let finds = 0;
    platform.planFaults((call) => {
      if (call === "post" && platform.posts.length === 0) return { kind: "lost", hasEffect: false };
      if (call === "find") finds += 1;
      return call === "find" ? { kind: "refused", code } : undefined;
    });
    void platform.act({ user: mia, channel: "C1", action: { kind: "command", text: "new broken" } });
    await pass(world, 120_000);
    const health = await parley.bridges.checks.memory?.();
    expect(health).toMatchObject({ ok: false, detail: expect.stringContaining("rooms are not shown") });
    expect(finds).toBeLessThan(6);
    platform.planFaults(() => undefined);
    await pass(world, 600_000);
    expect(platform.posts).toHaveLength(1);
    expect(await parley.bridges.checks.memory?.()).toMatchObject({ ok: true });
    parley.kill();
  },
);
