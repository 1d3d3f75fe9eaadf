import type { PlantedFault } from "../fault.js";

const http = (name: string) => `test/http/${name}.test.ts`;
const web = (name: string) => `test/web/${name}.test.ts`;

/** Faults in the API, the client, the command line and the page. */
export const faceFaults: readonly PlantedFault[] = [
  {
    id: "a-forged-header-names-the-client",
    file: "src/http/client-address.ts",
    find: " || forwarded.length < trustedHops ? connected",
    replace: " ? connected",
    tests: [http("client-address")],
    heldBy: "`at(-trustedHops)` gives nothing where there are fewer entries, and the connection counts",
  },
  {
    id: "a-proxy-nobody-trusts-names-the-client",
    file: "src/http/client-address.ts",
    find: "if (trustedHops === 0) return connected;",
    replace: "if (trustedHops < 0) return connected;",
    tests: [http("client-address"), http("join")],
  },
  {
    id: "another-site-changes-a-room-with-a-cookie",
    file: "src/http/entrance.ts",
    find: "if (isOwnOrigin(c, deps) && isOurType) return;",
    replace: "if (isOurType) return;",
    tests: [http("join"), http("known-hosts")],
  },
  {
    id: "a-place-for-a-stream-is-freed-twice",
    file: "src/http/stream-slots.ts",
    find: "        if (isFree) return;\n",
    replace: "",
    tests: [http("stream-slots")],
  },
  {
    id: "json-may-be-nested-to-any-depth",
    file: "src/http/input.ts",
    find: "if (isDeeperThan(value, maxDepth)) {",
    replace: "if (isDeeperThan(value, Number.POSITIVE_INFINITY)) {",
    tests: [http("bad-input")],
  },
  {
    id: "a-credential-opens-rooms-it-is-not-for",
    file: "src/http/access-credential.ts",
    find: "const isRoom = credential.rooms === undefined || credential.rooms.includes(roomId);",
    replace: "const isRoom = true;",
    tests: [http("credentials")],
  },
  {
    id: "a-connection-that-does-not-end-keeps-the-server",
    file: "src/http/serve.ts",
    find: "() => server.closeAllConnections());",
    replace: "() => {});",
    tests: [http("serve")],
  },
  {
    id: "a-resumed-stream-yields-what-was-read-before",
    file: "src/client/event-stream.ts",
    find: "if (position && !isAfter(position, state.cursor)) continue;",
    replace: "",
    tests: ["test/client/event-stream.test.ts"],
  },
  {
    id: "a-silent-connection-counts-as-alive",
    file: "src/client/event-stream.ts",
    find: "let silence = setTimeout(() => ending.abort(), silenceMs);",
    replace: "let silence = setTimeout(() => {}, silenceMs);",
    tests: ["test/client/event-stream.test.ts"],
  },
  {
    id: "a-message-on-the-page-overtakes-one-that-waits",
    file: "adapters/web/client/outbox.ts",
    find: "    if (waiting.size > 0 && !isLive()) return void waiting.add(key);\n",
    replace: "",
    tests: [web("outbox")],
  },
  {
    id: "the-page-sends-by-itself-what-was-written-days-ago",
    file: "adapters/web/client/outbox.ts",
    find: "if (nowMs() - message.at < sentUnaskedMs) deliver(message.key);",
    replace: "if (message.at > 0) deliver(message.key);",
    tests: [web("outbox")],
  },
  {
    id: "a-message-that-the-log-showed-first-stays-beside-it",
    file: "adapters/web/client/pending.ts",
    find: "  if (state.messageIds.has(messageId)) return dropPending(state, key);\n",
    replace: "",
    tests: [web("pending")],
  },
  {
    id: "the-page-asks-a-server-that-refuses-as-often-as-it-can",
    file: "adapters/web/client/stream.ts",
    find: "    refusals += 1;\n",
    replace: "",
    tests: [web("stream")],
  },
];
