import { createInterface } from "node:readline";
import { createMemorySandboxes, createSandboxMachine, type MainProcess } from "../../../adapters/memory/sandboxes.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { describeSandboxes } from "../../contract/sandboxes.js";

/** The contract's obedient main process, as a function. */
const obedient: MainProcess = async ({ stdin, stdout, stderr, signal, home }) => {
  const lines = createInterface({ input: stdin });
  let isDeaf = false;
  signal.addEventListener("abort", () => {
    if (!isDeaf) lines.close();
  });
  for await (const line of lines) {
    const [verb = "", ...words] = line.split(" ");
    const rest = words.join(" ");
    if (verb === "say") stdout.write(`${rest}\n`);
    if (verb === "complain") stderr.write(`${rest}\n`);
    if (verb === "exit") return Number(rest);
    if (verb === "keep") home.set("kept", rest);
    if (verb === "recall") stdout.write(`${home.get("kept") ?? "nothing"}\n`);
    if (verb === "count") for (let n = 1; n <= Number(rest); n++) stdout.write(`${n}\n`);
    if (verb !== "deaf") continue;
    isDeaf = true;
    stdout.write("deaf\n");
  }
  return 143;
};

describeSandboxes({
  name: "functions",
  make: async () => {
    const machine = createSandboxMachine();
    const reopen = async () => createMemorySandboxes({ main: obedient, clock: createSystemClock(), machine });
    return { sandboxes: await reopen(), command: ["obedient"], reopen };
  },
});
