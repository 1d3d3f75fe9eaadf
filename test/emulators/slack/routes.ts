import type { IncomingMessage, ServerResponse } from "node:http";
import { createControl } from "./control.js";
import type { SlackEmulator } from "./emulator.js";
import { fieldsOf, type HttpRequest, readRequest, sendText, uploadOf } from "./http.js";
import { takeUpload } from "./methods/files.js";
import { servePage } from "./page.js";
import { useResponseUrl } from "./response-url.js";
import type { Misbehave } from "./web-api.js";

export interface RoutesOptions {
  readonly emulator: Omit<SlackEmulator, "url" | "port" | "env">;
  readonly webApi: (request: HttpRequest, response: ServerResponse) => Promise<void>;
  readonly misbehave: Misbehave;
}

/** Everything the emulator answers over HTTP: the Web API, uploads, files, response URLs, control and the page. */
export function createRoutes({ emulator, webApi, misbehave }: RoutesOptions) {
  const { workspace, faults } = emulator;
  const control = createControl(emulator);

  /** An endpoint beside the Web API, with the faults of its own name. */
  const withFaults = async (name: string, response: ServerResponse, effect: () => Outcome | Promise<Outcome>) => {
    const fault = faults.strike("call", name, {});
    if (fault !== undefined && fault.phase !== "after" && (await misbehave(fault, response))) return;
    const { status, body } = await effect();
    if (fault?.phase === "after" && (await misbehave(fault, response))) return;
    sendText(response, status, body);
  };
  const route = async (request: HttpRequest, response: ServerResponse): Promise<void> => {
    const [first = "", second = "", third = ""] = request.url.pathname.slice(1).split("/");
    if (first === "api") return webApi(request, response);
    if (first === "_emulator") return control(request, response);
    if (first === "upload") {
      const content = await uploadOf(request);
      return withFaults("upload", response, () => takeUpload(workspace, third, content));
    }
    if (first === "response") {
      return withFaults("response_url", response, () => useResponseUrl(workspace, second, fieldsOf(request)));
    }
    if (first === "files-pri") return sendFile(emulator, request, response);
    return servePage(request.url.pathname, response);
  };

  return (incoming: IncomingMessage, response: ServerResponse): void => {
    readRequest(incoming)
      .then((request) => route(request, response))
      .catch((error: unknown) => {
        if (!response.headersSent && !response.destroyed) sendText(response, 500, `emulator error: ${String(error)}`);
      });
  };
}

interface Outcome {
  readonly status: number;
  readonly body: string;
}

/** A file's bytes, for the bot with `files:read`; anybody else gets the platform's log-in page. */
function sendFile({ workspace }: RoutesOptions["emulator"], request: HttpRequest, response: ServerResponse): void {
  const id = request.url.pathname.split("/")[2]?.split("-")[1] ?? "";
  const file = workspace.files.get(id);
  const app = workspace.app();
  const allowed = request.headers.authorization === `Bearer ${app.botToken}` && app.scopes.includes("files:read");
  if (!allowed || app.revoked.includes("bot")) {
    sendText(response, 200, "<html>Sign in to Harbor Lab</html>", "text/html");
    return;
  }
  if (file?.contentBase64 === undefined) {
    sendText(response, 404, "not found");
    return;
  }
  response.writeHead(200, { "content-type": file.mimetype });
  response.end(Buffer.from(file.contentBase64, "base64"));
}
