import { expect, test } from "vitest";
import { createApi } from "./support/api.js";

test("lists the runtimes without a token, and refuses a query", async () => {
  const api = await createApi();
  expect((await api.call("GET", "/api/runtimes")).json).toEqual({ runtimes: [] });
  expect((await api.call("GET", "/api/runtimes?a=1")).status).toBe(422);
});
