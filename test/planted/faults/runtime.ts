import type { PlantedFault } from "../fault.js";

const rooms = (name: string) => `test/runtime/rooms/${name}.test.ts`;
const sandbox = (name: string) => `test/runtime/sandbox/${name}.test.ts`;
const agents = (name: string) => `test/runtime/agents/${name}.test.ts`;

/** Faults in the runtime, except its chat. */
export const runtimeFaults: readonly PlantedFault[] = [
  {
    id: "a-permission-to-push-outlives-the-removal-of-the-agent",
    file: "src/runtime/sandbox/push-permission.ts",
    find: "facts.joinedVersion}",
    replace: "name}",
    tests: [sandbox("push-permission")],
  },
  {
    id: "an-agent-that-ignores-stop-keeps-its-process",
    file: "src/runtime/agents/create-runner.ts",
    find: "if (isUnderWay(parts.state, turn.run)) void ends.abandon();",
    replace: "",
    tests: [agents("stopping")],
  },
  {
    id: "an-answer-reaches-the-agent-before-it-is-durable",
    file: "src/runtime/agents/mailbox-turns.ts",
    find: "    await rooms.durable(roomId, answer.version);\n",
    replace: "",
    tests: [agents("mailbox")],
  },
  {
    id: "a-snapshot-holds-commits-that-are-not-durable",
    file: "src/runtime/rooms/cache.ts",
    find: " || live.room.version !== live.durableVersion) return;",
    replace: ") return;",
    tests: [rooms("service"), rooms("lost-race")],
  },
  {
    id: "a-catch-up-applies-what-it-read-over-a-write-that-began-meanwhile",
    file: "src/runtime/rooms/catch-up.ts",
    find: "if (live.inFlight.isWriting || live.room.version !== from || live.durableVersion !== from) continue;",
    replace: "",
    tests: [rooms("service"), rooms("lost-race")],
  },
  {
    id: "the-sweep-wakes-no-thread",
    file: "src/runtime/rooms/sweep.ts",
    find: "    ...Array.from(room.mirrors.values(), outboundReader),\n",
    replace: "",
    tests: [rooms("service")],
  },
  {
    id: "egress-in-a-fleet-follows-an-old-list",
    file: "src/runtime/sandbox/egress-access.ts",
    find: "{ fresh: true }",
    replace: "{}",
    tests: [sandbox("egress-access")],
  },
  {
    id: "a-file-is-removed-though-an-entry-that-cannot-be-read-may-name-it",
    file: "src/runtime/rooms/collect-blobs.ts",
    find: "    if (unreadable > 0) return { ...result, kept: old.size, unreadable };\n",
    replace: "",
    tests: [rooms("collect-blobs")],
  },
  {
    id: "a-file-is-collected-before-a-log-can-name-it",
    file: "src/runtime/rooms/collect-blobs.ts",
    find: "if (atMs < putBeforeMs) old.set(sha256, bytes);",
    replace: "old.set(sha256, bytes);",
    tests: [rooms("collect-blobs")],
  },
  {
    id: "a-write-that-can-never-succeed-is-tried-again",
    file: "src/runtime/rooms/log-writer.ts",
    find: "!error.retryable || attempt",
    replace: "attempt",
    tests: [rooms("log-writer")],
  },
  {
    id: "a-room-gets-a-snapshot-only-when-it-is-asked",
    file: "src/runtime/rooms/cache.ts",
    find: "if (live.room.version - live.snapshotVersion >= snapshotEvery) void save(live);",
    replace: "",
    tests: [rooms("service"), rooms("lost-race")],
  },
  {
    id: "sandboxes-that-start-at-the-same-time-do-not-count",
    file: "src/runtime/sandbox/capped-sandboxes.ts",
    find: "for (const other of underWay) running.add(other);",
    replace: "",
    tests: [sandbox("capped-sandboxes")],
  },
  {
    id: "what-a-person-denied-counts-as-allowed",
    file: "src/runtime/sandbox/allowed-pushes.ts",
    find: 'if (body === undefined || event.outcome !== "allowed") return;',
    replace: "if (body === undefined) return;",
    tests: [sandbox("push-permission")],
  },
  {
    id: "a-stream-outlives-its-token",
    file: "src/runtime/viewers/hub.ts",
    find: "if (untilMs <= clock.nowMs()) member.stream.end();\n      else if",
    replace: "if",
    tests: ["test/http/events.test.ts"],
  },
  {
    id: "somebody-who-was-removed-reads-on",
    file: "src/runtime/viewers/hub.ts",
    find: "      else member.stream.end();\n",
    replace: "",
    tests: ["test/http/leaving.test.ts", "test/http/events.test.ts"],
  },
  {
    id: "a-viewer-gets-commits-twice-where-its-history-meets-the-live-stream",
    file: "src/runtime/viewers/stream-feed.ts",
    find: "if (sentVersion >= first)",
    replace: "if (sentVersion < 0)",
    tests: ["test/runtime/viewers/room-feed.test.ts", "test/http/events.test.ts"],
  },
  {
    id: "people-at-a-process-that-died-stay-online",
    file: "src/runtime/presence/people-online.ts",
    find: "heardMs >= sinceMs && rooms",
    replace: "heardMs >= 0 && sinceMs !== undefined && rooms",
    tests: ["test/runtime/presence/people-online.test.ts"],
  },
  {
    id: "a-credential-never-expires",
    file: "src/runtime/access/credential-state.ts",
    find: "return expiresAtMs !== undefined && expiresAtMs <= nowMs;",
    replace: "return expiresAtMs !== undefined && nowMs < 0;",
    tests: ["test/runtime/access/credentials.test.ts"],
  },
];
