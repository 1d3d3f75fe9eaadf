import { createMemorySnapshots } from "../../../adapters/memory/snapshots.js";
import { describeSnapshots } from "../../contract/snapshots.js";

describeSnapshots({
  name: "memory",
  async open() {
    const snapshots = createMemorySnapshots();
    const plant = async (stream: string, text: string) => snapshots.plant(stream, text);
    return { snapshots, plant, close: async () => undefined };
  },
});
