import { createMemoryBroadcast } from "../../../adapters/memory/broadcast.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryFleetCalls, type FleetCallTable } from "../../../adapters/memory/fleet-calls.js";
import { createMemoryNodes, createNodeTable } from "../../../adapters/memory/nodes.js";
import { createMemoryTickets } from "../../../adapters/memory/tickets.js";
import { describeBroadcast } from "../../contract/broadcast.js";
import { describeFleetCalls } from "../../contract/fleet-calls.js";
import { describeNodes } from "../../contract/nodes.js";
import { describeTickets } from "../../contract/tickets.js";

const close = async () => undefined;

describeTickets({
  name: "memory",
  async open() {
    const clock = createManualClock(0);
    const tickets = createMemoryTickets({ clock });
    return { one: tickets, two: tickets, pass: async (ms) => void clock.advance(ms), close };
  },
});

describeBroadcast({
  name: "memory",
  async open() {
    const broadcast = createMemoryBroadcast();
    return { one: broadcast, two: broadcast, close };
  },
});

describeFleetCalls({
  name: "memory",
  async open() {
    const table: FleetCallTable = new Map();
    const callsOf = (node: string) => createMemoryFleetCalls({ node, table });
    return { one: callsOf("one"), two: callsOf("two"), close };
  },
});

describeNodes({
  name: "memory",
  async open() {
    const table = createNodeTable();
    const nodeOf = (name: string) =>
      createMemoryNodes({ info: { name, runtimes: ["scripted"], format: 7, url: `http://${name}.test:4400` }, table });
    return { one: nodeOf("one"), two: nodeOf("two"), close };
  },
});
