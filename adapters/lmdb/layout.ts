import { PortError } from "../../src/ports/port-error.js";
import type { Environment } from "./environment.js";

/** Where a folder says which layout its tables have. A folder without it has the first. */
const layoutKey = "layout";
const firstLayout = 1;
/** The layout this version reads and writes: the tables of `Environment` with their keys and values. */
export const knownLayout = 1;

/** Throws a `PortError` (`refused`), in words, where a later version has laid out this folder in another way. */
export function checkLayout({ meta, dir }: Pick<Environment, "meta" | "dir">): void {
  const stored = meta.get(layoutKey);
  const layout = stored === undefined ? firstLayout : Number(stored);
  if (Number.isInteger(layout) && layout <= knownLayout) return;
  throw new PortError(
    `The folder ${dir} has layout ${stored}, made by a later version of Parley, and this version knows layouts up to ${knownLayout}. Nothing was changed. Start the later version again, or restore the folder from a copy that was made before it.`,
    { code: "refused", retryable: false },
  );
}
