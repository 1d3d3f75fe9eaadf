import { writeFileSync } from "node:fs";
import { stopOnSignals } from "../../../src/main/stop-on-signals.js";

/** A process that is asked to stop and does not: `hangs` waits for ever, `blocks` keeps the event loop for a minute, `ends` stops in good order. */
const [, , how = "ends", marker = ""] = process.argv;

async function stop(): Promise<void> {
  if (how === "hangs") return new Promise(() => {});
  if (how === "blocks") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}

stopOnSignals(stop, { abandon: () => writeFileSync(marker, "abandoned"), complain: () => {} });
setInterval(() => {}, 1_000);
process.stdout.write("ready\n");
