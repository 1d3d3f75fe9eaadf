import type { PlantedFault } from "../fault.js";

const chat = (name: string) => `test/chat/${name}.test.ts`;
const guards = "test/runtime/chat/outbound/fleet-guards.test.ts";

/** Faults in showing rooms in threads and in receiving what people write there. */
export const chatFaults: readonly PlantedFault[] = [
  {
    id: "a-part-that-another-process-posted-is-posted-again",
    file: "src/runtime/chat/outbound/poster.ts",
    find: "isPast || done.includes(key)",
    replace: "isPast",
    tests: [guards],
  },
  {
    id: "a-card-is-edited-without-the-lease",
    file: "src/runtime/chat/outbound/settle-cards.ts",
    find: "      assertHeld(outbound);\n",
    replace: "",
    tests: [guards],
  },
  {
    id: "a-log-ahead-of-memory-is-not-looked-at-again",
    file: "src/runtime/chat/outbound/reader.ts",
    find: " ?? (await rooms.peek(roomId, renderPosts, { fresh: true }))",
    replace: "",
    tests: [guards],
  },
  {
    id: "a-post-of-unknown-outcome-is-looked-up-once",
    file: "src/runtime/chat/outbound/attempts.ts",
    find: "[2_000, 5_000]",
    replace: "[2_000]",
    tests: [chat("outbound-gaps")],
  },
  {
    id: "a-thread-keeps-no-pause-while-its-platform-is-away",
    file: "src/runtime/chat/outbound/poster.ts",
    find: "const notYetMs = attempts.waitMsOf(outbound.attempts, clock.monotonicMs());",
    replace: "const notYetMs = 0;",
    tests: [guards],
  },
  {
    id: "an-outbox-does-not-read-what-another-process-wrote",
    file: "src/runtime/chat/outbox.ts",
    find: "        await eventLog.head(stream);\n        return catchUp();",
    replace: "        return catchUp();",
    tests: ["test/runtime/chat/outbox.test.ts"],
  },
  {
    id: "messages-that-waited-go-on-in-the-order-they-arrived",
    file: "src/runtime/chat/inbound/thread-order.ts",
    find: "waiting.filter(which).toSorted((a, b) => a.atMs - b.atMs)",
    replace: "waiting.filter(which)",
    tests: ["test/runtime/chat/inbound/thread-order.test.ts"],
  },
  {
    id: "a-live-message-passes-missed-ones",
    file: "src/runtime/chat/inbound/thread-order.ts",
    find: "if (read.isCurrent(reading, message.thread) && !hasEarlier) return start();",
    replace: "if (!hasEarlier) return start();",
    tests: [chat("inbound-order")],
  },
  {
    id: "a-thread-shows-under-a-new-lease-what-it-remembers-of-the-old-one",
    file: "src/runtime/chat/outbound/threads.ts",
    find: "if (live.get(mirrorId)?.lease !== lease) close(mirrorId);",
    replace: "",
    tests: [chat("leases")],
    heldBy: "the outbox: an intent that is already done throws, and the thread is read again",
  },
  {
    id: "a-post-is-made-without-the-lease",
    file: "src/runtime/chat/outbound/poster.ts",
    find: "    assertHeld(outbound);\n",
    replace: "",
    tests: [chat("leases")],
  },
];
