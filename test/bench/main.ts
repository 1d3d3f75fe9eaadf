import { parseArgs } from "node:util";
import { memoryRows, startRows, turnRows } from "./claude-code.js";
import { latencyRows, manyRoomRows, oneRoomRows } from "./routing.js";
import { catchUpRows, idleMemoryRows, restartRows, slowViewerRows, viewerRows } from "./serving.js";
import { printRows, type Row } from "./statistics.js";

/** One axis after the other, floors in the same run. `npm run bench -- P6 P8` runs those that hold one of these rows. */
const axes: { ids: string[]; run: () => Promise<Row[]> }[] = [
  { ids: ["P1", "P4"], run: latencyRows },
  { ids: ["P2"], run: oneRoomRows },
  { ids: ["P3"], run: manyRoomRows },
  { ids: ["P6"], run: viewerRows },
  { ids: ["P7"], run: slowViewerRows },
  { ids: ["P8"], run: catchUpRows },
  { ids: ["P9"], run: restartRows },
  { ids: ["P11"], run: idleMemoryRows },
  { ids: ["C1"], run: turnRows },
  { ids: ["C2"], run: startRows },
  { ids: ["C3"], run: memoryRows },
];

const { positionals: wanted } = parseArgs({ allowPositionals: true });
const unknown = wanted.filter((id) => !axes.some(({ ids }) => ids.includes(id)));
if (unknown.length > 0) {
  console.error(`no such row: ${unknown.join(", ")}; there are ${axes.flatMap(({ ids }) => ids).join(", ")}`);
  process.exit(2);
}
for (const { ids, run } of axes) {
  if (wanted.length > 0 && !ids.some((id) => wanted.includes(id))) continue;
  printRows(await run());
}
