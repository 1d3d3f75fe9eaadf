import { openParts } from "./support.js";

/** A worker in a process of its own that takes a run and never ends it. Arguments: address, prefix. */
const [url = "", prefix = ""] = process.argv.slice(2);
const { wakeups } = await openParts({ url, prefix, node: "doomed" });
wakeups.work("agent", (reader) => {
  process.stdout.write(`${reader}\n`);
  return new Promise(() => {});
});
