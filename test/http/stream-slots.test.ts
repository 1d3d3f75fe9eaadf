import { expect, test } from "vitest";
import { createMemoryPlaces } from "../../adapters/memory/places.js";
import { createStreamSlots } from "../../src/http/stream-slots.js";

test("a place is freed once, however often its stream ends", async () => {
  let refused = 0;
  const places = createMemoryPlaces();
  const slots = createStreamSlots({ caps: { perToken: 2 }, places, onRefused: () => (refused += 1) });
  const take = () => slots.take({ token: "t", address: "192.0.2.1" });
  const free = await take();
  await take();
  free();
  free();
  await take();
  await expect(take()).rejects.toThrow("2 live streams");
  expect(refused).toBe(1);
});
