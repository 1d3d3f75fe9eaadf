import { afterAll, beforeAll, describe } from "vitest";
import { describeEventLog, type EventLogGroup } from "../../contract/event-log.js";
import { newLocation, openTestStreams } from "../../support/durable-streams.js";
import { type StreamServerProcess, startStreamServer } from "../../support/stream-server.js";

/** The contract of EventLog against a real stream server in a process of its own. */
export function describeDurableStreams(groups?: readonly EventLogGroup[]): void {
  describe("against the stream server", () => {
    let server: StreamServerProcess;

    beforeAll(async () => {
      server = await startStreamServer();
    });
    afterAll(() => server.stop());

    describeEventLog({
      name: "durable streams",
      supports: { durable: true, faults: ["loseNextAnswer"] },
      open: () => openTestStreams(server.url),
      crash: {
        module: new URL("../../support/durable-streams.ts", import.meta.url),
        newLocation: async () => newLocation(server.url),
      },
      ...(groups && { groups }),
    });
  });
}
