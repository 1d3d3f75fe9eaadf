import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createWebAssets, createWebPage } from "../../../adapters/web/assets.js";
import { buildWeb } from "../../../adapters/web/build.js";
import { type HttpServer, serve } from "../../../src/http/serve.js";
import { files } from "../../../src/main/package-files.js";
import type { Clock } from "../../../src/ports/clock.js";
import { loadRoles } from "../../../src/runtime/roles/roles.js";
import { type Api, createApi } from "../../http/support/api.js";
import { realClock } from "../../support/stub-clock.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The whole API with scripted agents at work and the page as it is built now, on a port of its own. */
export interface WebServer {
  readonly url: string;
  readonly api: Api;
  /** Stops listening and drops every connection; rooms and agents keep running. */
  disconnect(): Promise<void>;
  /** Listens again on the same port. */
  reconnect(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWebServer({
  clock = realClock,
  given = {},
}: {
  clock?: Clock;
  /** Parts in place of the usual ones. */
  given?: Parameters<typeof createApi>[0];
} = {}): Promise<WebServer> {
  const dir = await mkdtemp(join(tmpdir(), "parley-web-"));
  await buildWeb({ root, outDir: dir });
  // Agents with the roles that Parley brings along, run by their scripts.
  const catalogue = await loadRoles([join(root, "skills")], files);
  const api = await createApi({ ...given, clock, catalogue, page: createWebPage(await createWebAssets({ dir })) });
  api.runtime.start();
  const listen = (port: number) =>
    serve(api.app, { host: "127.0.0.1", port, clock: realClock, endStreams: () => api.feeds.close() });
  let server: HttpServer = await listen(0);
  const { port } = server;
  return {
    url: `http://127.0.0.1:${port}`,
    api,
    disconnect: () => server.close({ graceMs: 0 }),
    reconnect: async () => {
      server = await listen(port);
    },
    stop: async () => {
      await server.close({ graceMs: 0 });
      await api.runtime.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
