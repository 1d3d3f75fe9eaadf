import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { call, evening, makeRoom, openProcess, type Process } from "./spending-process.js";

describe("a warning that little is left", () => {
  const noticesIn = async ({ eventLog }: Process, roomId: string) =>
    (await eventLog.read(`room/${roomId}`)).flatMap((entry) =>
      entry.kind === "commit"
        ? entry.commit.events.flatMap((event) => (event.type === "notice.posted" ? [Object(event).text as string] : []))
        : [],
    );
  const ofPerson =
    "The spending limit of the person whose room this is for today (UTC) has less than 20 % left. Messages to agents that call the model wait when it is used up.";
  const ofInstallation =
    "The spending limit of this installation has less than 20 % left. Messages to agents that call the model wait when it is used up.";

  test("of a person's day is told once in the room that spends, before its next turn in their other rooms, and again the next day", async () => {
    const clock = createManualClock(evening);
    const process = openProcess(clock, { limits: { installation: {}, person: { usdPerDay: 10 } } });
    for (const roomId of ["roomaa", "roombb"]) await makeRoom(process, roomId);
    await makeRoom(process, "roomcc", { owner: "tom" });
    expect(await call(process, "roomaa", { usd: 7.9 })).toBe("sent");
    expect(await noticesIn(process, "roomaa")).toEqual([]);
    for (let calls = 0; calls < 3; calls++) expect(await call(process, "roomaa", { usd: 0.5 })).toBe("sent");
    for (const roomId of ["roomaa", "roombb", "roomcc"]) expect(await process.holds.isHeld(roomId)).toBe(false);
    expect(await noticesIn(process, "roomaa")).toEqual([ofPerson]);
    expect(await noticesIn(process, "roombb")).toEqual([ofPerson]);
    expect(await noticesIn(process, "roomcc")).toEqual([]);
    clock.advance(2 * 3_600_000);
    expect(await call(process, "roomaa", { usd: 8 })).toBe("sent");
    expect(await noticesIn(process, "roomaa")).toEqual([ofPerson, ofPerson]);
  });

  test("about the installation comes once from two processes, even after a restart, and is shown in health", async () => {
    const clock = createManualClock(evening);
    const limits = { installation: { usd: 10 }, person: {} };
    const one = openProcess(clock, { limits, isShared: true });
    const two = openProcess(clock, { limits, isShared: true, name: "two", eventLog: one.eventLog });
    await makeRoom(one, "roomaa");
    expect(await one.holds.check()).toEqual({ ok: true });
    expect(await call(one, "roomaa", { usd: 8.5 })).toBe("sent");
    await Promise.all([one.holds.isHeld("roomaa"), two.holds.isHeld("roomaa")]);
    expect(await call(two, "roomaa", { usd: 0.1 })).toBe("sent");
    const restarted = openProcess(clock, { limits, eventLog: one.eventLog });
    expect(await restarted.holds.isHeld("roomaa")).toBe(false);
    expect(await noticesIn(one, "roomaa")).toEqual([ofInstallation]);
    expect(await restarted.holds.check()).toEqual({ ok: true, detail: ofInstallation });
    expect(await call(restarted, "roomaa", { usd: 2 })).toBe("sent");
    expect(await restarted.holds.check()).toMatchObject({ ok: false });
  });

  test("comes at the share that is set, and again when the limit is raised and the share of that is used", async () => {
    const clock = createManualClock(evening);
    const low = { installation: { usd: 10 }, person: {}, warnAt: 0.5 };
    const process = openProcess(clock, { limits: low });
    await makeRoom(process, "roomaa");
    expect(await call(process, "roomaa", { usd: 5 })).toBe("sent");
    expect(await noticesIn(process, "roomaa")).toEqual([ofInstallation.replace("20 %", "50 %")]);
    const raised = openProcess(clock, { limits: { ...low, installation: { usd: 20 } }, eventLog: process.eventLog });
    expect(await call(raised, "roomaa", { usd: 4 })).toBe("sent");
    expect(await noticesIn(raised, "roomaa")).toHaveLength(1);
    expect(await call(raised, "roomaa", { usd: 4 })).toBe("sent");
    expect(await noticesIn(raised, "roomaa")).toHaveLength(2);
  });
});
