import { fork } from "node:child_process";
import { once } from "node:events";
import type { CrowdOrder, CrowdReport } from "./crowd-process.js";

export interface Crowd {
  /** When the last viewer had its `frames`th frame since it came, on `monotonicMs`. */
  until(frames: number): Promise<number>;
  leave(): Promise<void>;
}

/** The machine's clock, the same for all its processes. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Viewers in a process of their own, so that their cost is not the server's. Resolves when all have their first frame. */
export async function openCrowd(url: string, order: Omit<CrowdOrder, "port">): Promise<Crowd> {
  const whole: CrowdOrder = { ...order, port: Number(new URL(url).port) };
  const child = fork("test/bench/crowd-process.ts", [JSON.stringify(whole)], { execArgv: ["--import", "tsx"] });
  const seenAt = new Map<number, number>();
  const waiting = new Map<number, (atMs: number) => void>();
  let fail = (_error: Error) => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const ready = new Promise<void>((resolve) => {
    child.on("message", (report: CrowdReport) => {
      if ("ready" in report) return resolve();
      seenAt.set(report.frames, report.atMs);
      waiting.get(report.frames)?.(report.atMs);
    });
  });
  child.on("exit", () => fail(new Error("a viewer of the crowd was refused or cut")));
  await Promise.race([ready, failed]);
  return {
    until(frames) {
      const known = seenAt.get(frames);
      if (known !== undefined) return Promise.resolve(known);
      return Promise.race([failed, new Promise<number>((resolve) => waiting.set(frames, resolve))]);
    },
    async leave() {
      const exited = once(child, "exit");
      child.kill();
      await exited;
    },
  };
}
