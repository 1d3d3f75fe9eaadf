import { parseDirectives } from "../../src/core/grammar/directive.js";
import { roomNames } from "../../src/core/grammar/known.js";
import { cpuMs } from "../support/cpu-time.js";
import { directiveShapes, KIB, usualShapes } from "../support/directive-shapes.js";
import { type Row, short } from "./statistics.js";

const known = roomNames([{ name: "a" }, { name: "b" }, { name: "coder" }]);
const aimMs = 50;

/** Processor time to read 1 MiB for directives, the best of seven rounds, beside looking once at each of its characters. */
export async function directiveRows(): Promise<Row[]> {
  return usualShapes.map((name) => {
    const text = directiveShapes[name]?.(1_024 * KIB) ?? "";
    const parseMs = best(() => parseDirectives(text, known));
    const floorMs = best(() => lookAtEach(text));
    return {
      id: "G1",
      what: `1 MiB of ${name}`,
      result: `${short(parseMs)} ms (${short(parseMs / Math.max(floorMs, 0.1))}× one look at each character)`,
      aim: `≤ ${aimMs} ms`,
      met: parseMs <= aimMs,
    };
  });
}

function best(run: () => unknown): number {
  return Math.min(...Array.from({ length: 7 }, () => cpuMs(run)));
}

function lookAtEach(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
  return sum;
}
