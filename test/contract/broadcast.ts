import { afterEach, describe, expect, test } from "vitest";
import type { Broadcast } from "../../src/ports/broadcast.js";
import { until } from "../support/until.js";

export interface BroadcastContract {
  name: string;
  /** Two processes of a fleet. */
  open(): Promise<{ one: Broadcast; two: Broadcast; close(): Promise<void> }>;
}

/** The contract of `Broadcast` while its carrier is up. */
export function describeBroadcast({ name, open }: BroadcastContract): void {
  describe(`broadcast: ${name}`, () => {
    const closes: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closes.splice(0)) await close();
    });

    /** Subscribes and waits until what `from` says arrives there. Messages with `probe` are not kept. */
    const listen = async (from: Broadcast, at: Broadcast, topic: string) => {
      const heard: unknown[] = [];
      let isHeard = false;
      const stop = at.subscribe(topic, (message) => {
        if ((message as { probe?: true }).probe) isHeard = true;
        else heard.push(message);
      });
      await until(`${topic} is heard`, () => {
        from.publish(topic, { probe: true });
        return isHeard;
      });
      return { heard, stop };
    };
    const opened = async () => {
      const parts = await open();
      closes.push(parts.close);
      return parts;
    };

    test("every process hears a message, the one that said it too, in order and unchanged", async () => {
      const { one, two } = await opened();
      const own = await listen(one, one, "room/r1");
      const other = await listen(one, two, "room/r1");
      const said = Array.from({ length: 100 }, (_, n) => ({ n, text: "ü\n" }));
      for (const message of said) one.publish("room/r1", message);
      await until("all arrived", () => own.heard.length >= 100 && other.heard.length >= 100);
      expect([own.heard, other.heard]).toEqual([said, said]);
    });

    test("a listener hears its own topic alone", async () => {
      const { one, two } = await opened();
      const first = await listen(one, two, "room/r1");
      const second = await listen(one, two, "room/r2");
      one.publish("room/r2", { n: 2 });
      one.publish("room/r1", { n: 1 });
      await until("both arrived", () => first.heard.length > 0 && second.heard.length > 0);
      expect([first.heard, second.heard]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    });

    test("a stopped listener receives nothing more, the others continue", async () => {
      const { one, two } = await opened();
      const first = await listen(one, two, "room/r1");
      const second = await listen(one, two, "room/r1");
      first.stop();
      first.stop();
      one.publish("room/r1", { n: 1 });
      await until("the other heard it", () => second.heard.length > 0);
      expect([first.heard, second.heard]).toEqual([[], [{ n: 1 }]]);
    });

    test("a topic that was left can be joined again by a new listener", async () => {
      const { one, two } = await opened();
      (await listen(one, two, "room/r1")).stop();
      const again = await listen(one, two, "room/r1");
      one.publish("room/r1", { n: 1 });
      await until("it arrived", () => again.heard.length > 0);
      expect(again.heard).toEqual([{ n: 1 }]);
    });

    test("later changes to the message object are not delivered", async () => {
      const { one } = await opened();
      const first = await listen(one, one, "room/r1");
      const second = await listen(one, one, "room/r1");
      const message = { n: 1 };
      one.publish("room/r1", message);
      message.n = 2;
      await until("both heard it", () => first.heard.length > 0 && second.heard.length > 0);
      expect([first.heard, second.heard]).toEqual([[{ n: 1 }], [{ n: 1 }]]);
    });
  });
}
