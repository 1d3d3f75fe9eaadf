import { expect, test } from "vitest";
import {
  type Admission,
  admitEntry,
  admitTelling,
  freshAllowance,
  maxHourBytes,
  maxTurnBytes,
} from "../../../src/runtime/agents/turn-allowance.js";

const megabyte = 1_024 * 1_024;

function admissions(entries: readonly { turnId: string; nowMs: number; bytes: number }[]): Admission[] {
  let allowance = freshAllowance;
  return entries.map((entry) => {
    const admitted = admitEntry(allowance, entry);
    allowance = admitted.allowance;
    return admitted.admission;
  });
}

test("a turn's record is closed once, at its limit, and the next turn has its own", () => {
  const entry = { turnId: "t1", nowMs: 0, bytes: maxTurnBytes / 2 };
  const small = { ...entry, bytes: 1 };
  expect(admissions([entry, entry, small, small, { ...small, turnId: "t2" }])).toEqual([
    "keep",
    "keep",
    "closes",
    "drop",
    "keep",
  ]);
});

test("turns that follow each other share the limit of an hour", () => {
  const turns = Array.from({ length: 100 }, (_, turn) => ({ turnId: `t${turn}`, nowMs: turn, bytes: megabyte }));
  const kept = admissions(turns).filter((admission) => admission === "keep");
  expect(kept).toHaveLength(maxHourBytes / megabyte);
  const nextHour = { turnId: "later", nowMs: 3_600_000, bytes: megabyte };
  expect(admissions([...turns, nextHour]).at(-1)).toBe("keep");
});

test("a turn tells its room a bounded number of things, the last of which is that there were too many", () => {
  let allowance = freshAllowance;
  const told = Array.from({ length: 2_000 }, () => {
    const admitted = admitTelling(allowance, { turnId: "t1", nowMs: 0 });
    allowance = admitted.allowance;
    return admitted.admission;
  });
  expect(told.filter((admission) => admission === "keep")).toHaveLength(499);
  expect(told.filter((admission) => admission === "closes")).toHaveLength(1);
  expect(admitTelling(allowance, { turnId: "t2", nowMs: 0 }).admission).toBe("keep");
});
