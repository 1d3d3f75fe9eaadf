import { expect, test } from "vitest";
import { createFetch } from "../../../adapters/durable-streams/fetch.js";
import { createGenerations, hintsOf, hintsStream } from "../../../adapters/durable-streams/generations.js";
import { createStreamServer } from "../../../adapters/durable-streams/server.js";
import { startStreamServer } from "../../support/stream-server.js";

test("on the stream server: the next stream of hints begins with the latest of each, and the one before the last is gone", async () => {
  const process = await startStreamServer();
  const http = createFetch();
  const server = createStreamServer({ url: process.url, token: undefined, prefix: "p/", fetch: http.fetch });
  const generations = createGenerations({ server });
  expect(await generations.current()).toEqual({ number: 1, base: 0 });
  await server.create(hintsStream(1));
  await server.append(hintsStream(1), '{"s":"room/a","n":1},{"s":"room/b","n":1},{"s":"room/a","n":2}');
  await generations.begin(1);
  await server.append(hintsStream(2), '{"s":"room/c","n":1}');
  // Two at once.
  await Promise.all([generations.begin(2), createGenerations({ server }).begin(2)]);
  expect(await generations.current()).toEqual({ number: 3, base: 3 });
  expect(await server.read(hintsStream(1), undefined)).toBeUndefined();
  const hints = hintsOf((await server.read(hintsStream(3), undefined))?.messages ?? []);
  const latest = new Map(hints.map(({ s, n }) => [s, n]));
  expect(Object.fromEntries(latest)).toEqual({ "room/a": 2, "room/b": 1, "room/c": 1 });
  await http.close();
  await process.stop();
});
