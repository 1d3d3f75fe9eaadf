import { parseArgs } from "node:util";
import { latencyRows, throughputRows } from "./routing.js";
import { catchUpRows, idleMemoryRows, restartRows, slowViewerRows, viewerRows } from "./serving.js";
import { printRows, type Row } from "./statistics.js";

/** One axis after the other, floors in the same run. `--only P6,P8` runs those that hold one of these rows. */
const axes: { ids: string[]; run: () => Promise<Row[]> }[] = [
  { ids: ["P1", "P4"], run: latencyRows },
  { ids: ["P2", "P3"], run: throughputRows },
  { ids: ["P6"], run: viewerRows },
  { ids: ["P7"], run: slowViewerRows },
  { ids: ["P8"], run: catchUpRows },
  { ids: ["P9"], run: restartRows },
  { ids: ["P11"], run: idleMemoryRows },
];

const { values } = parseArgs({ options: { only: { type: "string" } } });
const wanted = values.only?.split(",");
for (const { ids, run } of axes) {
  if (wanted && !ids.some((id) => wanted.includes(id))) continue;
  printRows(await run());
}
