import { describe, expect, test } from "vitest";
import type { Notice, Notices } from "../../src/ports/notices.js";

export interface NoticesUnderTest {
  notices: Notices;
  /** An address that takes notices. */
  to: string;
  /** The notices that arrived there, as their receiver sees them: `text` is title and text. */
  arrived(): Promise<{ id: string; text: string }[]>;
  /** The next notice arrives, and its answer is cut off. */
  cutNextAnswer(): void;
  /** The next notice does not arrive: the other side is busy for so long. */
  refuseNext(retryAfterMs: number): void;
  /** The address stops existing. */
  removeAddress(): void;
}

const noticeTo = (to: string, more: Partial<Notice> = {}): Notice => ({
  ...{ id: "n1", to, title: "A gate waits", text: "coder asks in “login”", url: "https://parley.test/#room/r1" },
  urgency: "urgent",
  ...more,
});

export function testNoticesContract(name: string, subject: () => Promise<NoticesUnderTest>): void {
  describe(`${name} as Notices`, () => {
    test("delivers a notice with its id, title and text", async () => {
      const { notices, to, arrived } = await subject();
      expect(await notices.send(noticeTo(to))).toEqual({ kind: "sent" });
      const [one, ...others] = await arrived();
      expect(one?.id).toBe("n1");
      expect(one?.text).toContain("A gate waits");
      expect(one?.text).toContain("coder asks in “login”");
      expect(others).toEqual([]);
    });

    test("says that it does not know when the answer was cut off, and sends it again under the same id", async () => {
      const { notices, to, arrived, cutNextAnswer } = await subject();
      cutNextAnswer();
      expect(await notices.send(noticeTo(to))).toEqual({ kind: "unknown" });
      expect(await notices.send(noticeTo(to))).toEqual({ kind: "sent" });
      expect(new Set((await arrived()).map(({ id }) => id))).toEqual(new Set(["n1"]));
    });

    test("says when to come back, and delivers then", async () => {
      const { notices, to, arrived, refuseNext } = await subject();
      refuseNext(5_000);
      const refused = await notices.send(noticeTo(to));
      expect(refused).toMatchObject({ kind: "later", retryAfterMs: 5_000, why: expect.any(String) });
      expect(await arrived()).toEqual([]);
      expect(await notices.send(noticeTo(to))).toEqual({ kind: "sent" });
      expect(await arrived()).toHaveLength(1);
    });

    test("says that an address is gone, and delivers nothing there", async () => {
      const { notices, to, arrived, removeAddress } = await subject();
      removeAddress();
      expect(await notices.send(noticeTo(to))).toMatchObject({ kind: "gone" });
      expect(await arrived()).toEqual([]);
    });
  });
}
