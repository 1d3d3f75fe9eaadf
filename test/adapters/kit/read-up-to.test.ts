import { expect, test } from "vitest";
import { readUpTo } from "../../../adapters/kit/read-up-to.js";

const tooLarge = new Error("too large");

test.each([
  ["an empty body", null, 0, 0],
  ["a body of exactly the limit", "12345", 5, 5],
])("reads %s", async (_what, body, maxBytes, length) => {
  expect((await readUpTo(new Response(body), maxBytes, tooLarge)).byteLength).toBe(length);
});

test("throws the given error at the first byte over the limit", async () => {
  await expect(readUpTo(new Response("123456"), 5, tooLarge)).rejects.toBe(tooLarge);
});
