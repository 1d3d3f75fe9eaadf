import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sandbox, Sandboxes, SandboxPipes, SandboxSpec } from "../../src/ports/sandboxes.js";

/**
 * A main process that follows its input, a line each: `say TEXT` (to stdout), `complain TEXT` (to stderr), `exit CODE`, `deaf` (SIGTERM is ignored
 * from now on; prints `deaf`), `keep TEXT` (in its home), `recall` (prints the kept text), `count N` (prints 1 to N).
 */
export const obedientScript = `
while IFS= read -r line; do
  verb=\${line%% *}; rest=\${line#* }
  case $verb in
    say) echo "$rest" ;;
    complain) echo "$rest" >&2 ;;
    exit) exit "$rest" ;;
    deaf) trap '' TERM; echo deaf ;;
    keep) echo "$rest" > "$HOME/kept" ;;
    recall) cat "$HOME/kept" 2>/dev/null || echo nothing ;;
    count) seq 1 "$rest" ;;
  esac
done`;

export interface SandboxesUnderTest {
  sandboxes: Sandboxes;
  /** Starts the obedient main process. */
  command: readonly string[];
  /** A second process of the same installation. */
  reopen(): Promise<Sandboxes>;
  /** Time of the sandboxes' host, Unix ms; default this machine's. */
  nowMs?(): number;
  stop?(): Promise<void>;
}

export interface SandboxesContract {
  name: string;
  make(): Promise<SandboxesUnderTest>;
  timeoutMs?: number;
}

const lineTimeoutMs = 40_000;

/** Lines of a pipe, one by one. */
export function linesOf(pipes: SandboxPipes, name: "stdout" | "stderr" = "stdout") {
  const lines: string[] = [];
  const reader: Interface = createInterface({ input: pipes[name] });
  const ended = once(reader, "close");
  reader.on("line", (line) => lines.push(line));
  const next = async (): Promise<string> => {
    const deadline = AbortSignal.timeout(lineTimeoutMs);
    while (lines.length === 0) {
      const outcome = await Promise.race([once(reader, "line", { signal: deadline }), ended.then(() => "ended")]);
      if (outcome === "ended" && lines.length === 0) throw new Error(`${name} ended`);
    }
    return lines.shift() ?? "";
  };
  return { next, waiting: lines, ended };
}

/** Runs the tests that every `Sandboxes` adapter must pass. */
export function describeSandboxes({ name, make, timeoutMs = 180_000 }: SandboxesContract): void {
  describe(`${name} as Sandboxes`, { timeout: timeoutMs }, () => {
    let under: SandboxesUnderTest;
    const ids: string[] = [];

    const specOf = (id = `t-${randomUUID()}`, more: Partial<SandboxSpec> = {}): SandboxSpec => {
      if (!ids.includes(id)) ids.push(id);
      const limits = { memoryMb: 64, cpus: 0.5, pids: 32 };
      return { id, labels: { room: "r1", agent: "mia" }, command: under.command, env: {}, limits, ...more };
    };
    const open = async (spec = specOf()) => {
      const sandbox = await under.sandboxes.start(spec);
      return { sandbox, spec, ...(await talk(sandbox)) };
    };
    const talk = async (sandbox: Sandbox, options: { missedSinceMs?: number } = {}) => {
      const pipes = await sandbox.attach(options);
      const [out, complaints] = [linesOf(pipes), linesOf(pipes, "stderr")];
      const tell = (line: string) => void pipes.stdin.write(`${line}\n`);
      return { pipes, out, complaints, tell };
    };
    const now = () => under.nowMs?.() ?? Date.now();

    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      const last = await under.reopen();
      for (const id of ids.splice(0)) await last.remove(id, { volumes: true });
      for (const each of [under.sandboxes, last]) await each.close();
      await under.stop?.();
    });

    test("returns the pipes of the main process, each separate", async () => {
      const { out, complaints, tell } = await open();
      tell("say one ünïcode");
      expect(await out.next()).toBe("one ünïcode");
      tell("complain two");
      expect(await complaints.next()).toBe("two");
      tell("count 20000");
      for (let line = 1; line <= 20_000; line++) expect(await out.next()).toBe(String(line));
      expect(complaints.waiting).toEqual([]);
    });

    test("keeps running when its input ends, and its pipes end with those of the next attachment", async () => {
      const { sandbox, pipes, out } = await open();
      await new Promise<void>((resolve) => pipes.stdin.end("say last\n", () => resolve()));
      expect(await out.next()).toBe("last");
      const again = await talk(sandbox);
      await out.ended;
      again.tell("say still here");
      expect(await again.out.next()).toBe("still here");
    });

    test("tells how the main process ended, and ends its output", async () => {
      const { sandbox, out, tell } = await open();
      tell("say bye");
      tell("exit 7");
      expect(await sandbox.exited()).toEqual({ code: 7, outOfMemory: false });
      await out.ended;
      expect(out.waiting).toEqual(["bye"]);
      await expect(sandbox.attach()).rejects.toMatchObject({ code: "closed" });
      await sandbox.stop({ graceMs: 1_000 });
    });

    test("stops what listens at once, and kills what does not after the grace", async () => {
      const polite = await open();
      await polite.sandbox.stop({ graceMs: 15_000 });
      expect(await polite.sandbox.exited()).toEqual({ code: 143, outOfMemory: false });
      const deaf = await open();
      deaf.tell("deaf");
      expect(await deaf.out.next()).toBe("deaf");
      const startedMs = performance.now();
      await Promise.all([deaf.sandbox.stop({ graceMs: 300 }), deaf.sandbox.stop({ graceMs: 300 })]);
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(290);
      expect(await deaf.sandbox.exited()).toEqual({ code: 137, outOfMemory: false });
    });

    test("starts one sandbox per id: a later start attaches to it", async () => {
      const spec = specOf();
      const [first, second] = await Promise.all([under.sandboxes.start(spec), under.sandboxes.start(spec)]);
      expect([first.reattached, second.reattached]).toEqual([false, true]);
      expect(await under.sandboxes.list()).toMatchObject([{ id: spec.id, state: "running" }]);
      const { out, tell } = await talk(second);
      tell("say one process");
      expect(await out.next()).toBe("one process");
    });

    test("keeps its home over a new start, until the volumes are removed", async () => {
      const { spec, sandbox, tell, out } = await open();
      tell("keep this");
      tell("recall");
      expect(await out.next()).toBe("this");
      await sandbox.stop({ graceMs: 1_000 });
      const recalled = async () => {
        const fresh = await open(spec);
        expect(fresh.sandbox.reattached).toBe(false);
        fresh.tell("recall");
        return fresh.out.next();
      };
      expect(await recalled()).toBe("this");
      await under.sandboxes.remove(spec.id, { volumes: false });
      expect(await under.sandboxes.homes()).toContainEqual({ id: spec.id, labels: spec.labels });
      expect(await recalled()).toBe("this");
      await under.sandboxes.remove(spec.id, { volumes: true });
      expect((await under.sandboxes.homes()).map(({ id }) => id)).not.toContain(spec.id);
      expect(await recalled()).toBe("nothing");
    });

    test("returns the missed output to a new attachment, and then the live output", async () => {
      const { sandbox, out, tell } = await open();
      tell("say before");
      expect(await out.next()).toBe("before");
      await wait(20);
      const sinceMs = now();
      await wait(20);
      tell("say missed");
      tell("complain missed too");
      expect(await out.next()).toBe("missed");
      const again = await talk(sandbox, { missedSinceMs: sinceMs });
      expect(await again.out.next()).toBe("missed");
      expect(await again.complaints.next()).toBe("missed too");
      again.tell("say now");
      expect(await again.out.next()).toBe("now");
      again.tell("say later");
      expect(await again.out.next()).toBe("later");
    });

    test("is listed with its labels until all of it is removed", async () => {
      const [one, two] = [await open(), await open(specOf(undefined, { labels: { room: "r2" } }))];
      await one.sandbox.pause();
      await one.sandbox.pause();
      two.tell("exit 0");
      await two.sandbox.exited();
      const listed = await under.sandboxes.list();
      const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
      const expected = [
        { id: one.spec.id, labels: { room: "r1", agent: "mia" }, state: "paused" },
        { id: two.spec.id, labels: { room: "r2" }, state: "exited" },
      ];
      expect(listed.sort(byId)).toEqual(expected.sort(byId));
      for (const { spec } of [one, two]) await under.sandboxes.remove(spec.id, { volumes: false });
      expect(await under.sandboxes.list()).toEqual([]);
      await under.sandboxes.remove(one.spec.id, { volumes: true });
    });

    test("hears nothing while it is paused, and everything afterwards", async () => {
      const { sandbox, spec, out, tell } = await open();
      await sandbox.pause();
      tell("say late");
      await wait(200);
      expect(out.waiting).toEqual([]);
      await sandbox.resume();
      await sandbox.resume();
      expect(await out.next()).toBe("late");
      await sandbox.pause();
      await under.sandboxes.start(spec);
      expect(await under.sandboxes.list()).toMatchObject([{ state: "running" }]);
      await sandbox.pause();
      await sandbox.stop({ graceMs: 5_000 });
      expect(await sandbox.exited()).toMatchObject({ code: 143 });
    });

    test("is not paused by the handle of the one that had its id before", async () => {
      const before = await open();
      before.tell("exit 0");
      await before.sandbox.exited();
      const { out, tell } = await open(before.spec);
      await before.sandbox.pause();
      tell("say awake");
      expect(await out.next()).toBe("awake");
      expect(await under.sandboxes.list()).toMatchObject([{ state: "running" }]);
    });

    test("is ended by its removal", async () => {
      const { sandbox, spec, out } = await open();
      await under.sandboxes.remove(spec.id, { volumes: true });
      expect(await sandbox.exited()).toEqual({ code: 137, outOfMemory: false });
      await out.ended;
    });

    test("refuses an invalid id", async () => {
      for (const id of ["", "../up", "a b", "-a", "a".repeat(64), "r1/mia"]) {
        await expect(under.sandboxes.start({ ...specOf("x"), id })).rejects.toMatchObject({ code: "refused" });
      }
    });

    test("keeps running when the process that started it releases it, and another attaches to it", async () => {
      const { sandbox, spec, out, tell } = await open();
      tell("say hello");
      expect(await out.next()).toBe("hello");
      await under.sandboxes.close();
      await out.ended;
      await expect(sandbox.exited()).rejects.toMatchObject({ code: "closed" });
      const others = await under.reopen();
      const taken = await others.start(spec);
      expect(taken.reattached).toBe(true);
      const again = await talk(taken);
      again.tell("say again");
      expect(await again.out.next()).toBe("again");
      await others.close();
    });

    test("says that it is well", async () => {
      expect(await under.sandboxes.check()).toMatchObject({ ok: true });
    });
  });
}
