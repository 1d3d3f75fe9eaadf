import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createApi } from "../../src/client/http.js";
import { whileTidying } from "../support/tidy-memory.js";

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each<[string, (response: ServerResponse) => void]>([
  ["never answers", () => undefined],
  ["stops in the middle of an answer", (response) => response.write("{")],
])("a server that %s is given up on", async (_, answer) => {
  const url = await serve(answer);
  const api = createApi({ url, signal: new AbortController().signal, answerTimeoutMs: 300 });
  await whileTidying(() =>
    expect(api.call("listRooms", {})).rejects.toThrow(
      `The Parley server at ${url} cannot be reached: no answer within 0.3 s.`,
    ),
  );
});
