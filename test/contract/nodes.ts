import { afterEach, describe, expect, test } from "vitest";
import type { Nodes } from "../../src/ports/nodes.js";
import { until } from "../support/until.js";

export interface NodesContract {
  name: string;
  /** Two processes of a fleet that have not joined: `one` with the runtime `scripted`, and `two`. Both know format 7 and say they are at `http://<name>.test:4400`. */
  open(): Promise<{ one: Nodes; two: Nodes; close(): Promise<void> }>;
}

/** Longest time from the end of a process until it is no longer listed. */
const goneWithinMs = 12_000;

const namesOf = (nodes: Nodes) => (nodes.present() ?? []).map(({ name }) => name).sort();

/** The contract of `Nodes` while its store is up. */
export function describeNodes({ name, open }: NodesContract): void {
  describe(`nodes: ${name}`, { timeout: goneWithinMs * 2 }, () => {
    const closes: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closes.splice(0)) await close();
    });
    const joined = async () => {
      const { one, two, close } = await open();
      closes.push(close);
      const leaves = { one: await one.join(), two: await two.join() };
      await until("both see both", () => namesOf(one).length === 2 && namesOf(two).length === 2, goneWithinMs);
      return { one, leaves };
    };

    test("a process that joined sees itself with its runtimes, and is healthy", async () => {
      const { one, close } = await open();
      closes.push(close);
      await one.join();
      expect(one.present()).toEqual([expect.objectContaining({ name: "one", runtimes: ["scripted"] })]);
      expect(await one.check()).toMatchObject({ ok: true });
    });

    test("a process learns of the others all that they announce", async () => {
      const { one } = await joined();
      expect(one.present()?.find(({ name }) => name === "two")).toEqual(
        expect.objectContaining({ runtimes: ["scripted"], format: 7, url: "http://two.test:4400" }),
      );
    });

    test("a node that leaves is announced once, and is not among the others", async () => {
      const { one, leaves } = await joined();
      const gone: string[] = [];
      const unheard: string[] = [];
      one.onGone((node) => gone.push(node));
      one.onGone((node) => unheard.push(node))();
      await leaves.two();
      await until("it is gone", () => gone.length > 0, goneWithinMs);
      expect([gone, unheard, namesOf(one)]).toEqual([["two"], [], ["one"]]);
    });
  });
}
