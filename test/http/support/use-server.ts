import { afterEach } from "vitest";
import { type HttpServer, serve } from "../../../src/http/serve.js";
import { realClock } from "../../support/stub-clock.js";
import type { Api } from "./api.js";

/** A real server for the tests of a file, ended after each. */
export function useServer() {
  let running: HttpServer | undefined;
  afterEach(async () => running?.close({ graceMs: 0 }));
  return {
    get running() {
      return running;
    },
    /** Resolves to the address of the API. */
    async listen(api: Api): Promise<string> {
      running = await serve(api.app, { host: "127.0.0.1", port: 0, clock: realClock, endStreams: api.feeds.close });
      return `http://127.0.0.1:${running.port}`;
    },
  };
}

export const auth = (token: string) => ({ authorization: `Bearer ${token}` });
