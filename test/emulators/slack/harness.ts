import { afterEach } from "vitest";
import { createBoltApp, type Mode, type Running, type RunningOptions } from "./bolt-app.js";
import { createSlackEmulator, type SlackEmulator, type SlackEmulatorOptions } from "./emulator.js";

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** An emulator that ends with the test. */
export async function startSlack(options: SlackEmulatorOptions = {}): Promise<SlackEmulator> {
  const emulator = await createSlackEmulator(options);
  endings.push(() => emulator.stop());
  return emulator;
}

/** A Bolt app that ends with the test; `prepare` adds its handlers. */
export async function startApp(
  emulator: SlackEmulator,
  mode: Mode,
  { prepare, ...options }: RunningOptions & { readonly prepare: (app: Running["app"]) => void },
): Promise<Running> {
  const running = await createBoltApp(emulator, mode, options);
  prepare(running.app);
  await running.start();
  endings.push(() => running.stop());
  return running;
}

export const violationRules = (emulator: SlackEmulator): string[] => emulator.violations().map(({ rule }) => rule);
