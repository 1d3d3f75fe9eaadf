import { expect, test } from "vitest";
import { createStreamSlots } from "../../src/http/stream-slots.js";

test("a place is freed once, however often its stream ends", () => {
  let refused = 0;
  const slots = createStreamSlots({ caps: { perToken: 2 }, onRefused: () => (refused += 1) });
  const take = () => slots.take({ token: "t", address: "192.0.2.1" });
  const free = take();
  take();
  free();
  free();
  take();
  expect(take).toThrow("2 live streams");
  expect(refused).toBe(1);
});
