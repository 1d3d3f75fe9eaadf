import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { describeEventLog } from "../../contract/event-log.js";

describeEventLog({
  name: "memory",
  supports: { durable: false, faults: ["loseNextAnswer", "refuseNext"] },
  async open() {
    const log = createMemoryEventLog();
    const failOnce = (fault: "answer-lost" | "unavailable") => () => {
      let left = 1;
      log.planFaults(() => (left-- > 0 ? fault : undefined));
    };
    return {
      log,
      close: async () => undefined,
      plant: async (stream, entries) => {
        for (const { version, text } of entries) log.plant(stream, version, text);
      },
      loseNextAnswer: failOnce("answer-lost"),
      refuseNext: failOnce("unavailable"),
    };
  },
});
