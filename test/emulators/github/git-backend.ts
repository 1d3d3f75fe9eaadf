import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers with Git's own server program, over CGI. */
export async function serveGit(
  { request, response, path }: { request: IncomingMessage; response: ServerResponse; path: string },
  { root, user }: { root: string; user: string | undefined },
): Promise<void> {
  const [pathInfo = "", query = ""] = path.split("?");
  const header = (name: string) => String(request.headers[name] ?? "");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH ?? "",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method ?? "GET",
      PATH_INFO: pathInfo,
      QUERY_STRING: query,
      CONTENT_TYPE: header("content-type"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      HTTP_GIT_PROTOCOL: header("git-protocol"),
      ...(request.headers["content-length"] !== undefined && { CONTENT_LENGTH: header("content-length") }),
      // Any named user may push.
      ...(user !== undefined && { REMOTE_USER: user }),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => {});
  request.pipe(child.stdin);
  response.once("close", () => child.kill());
  let head: Buffer = Buffer.alloc(0);
  let isHeadRead = false;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (isHeadRead) {
      await written(response, chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    isHeadRead = true;
    writeHead(response, head.toString("latin1", 0, end));
    await written(response, head.subarray(end + 4));
  }
  response.end();
}

async function written(response: ServerResponse, chunk: Buffer): Promise<void> {
  if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
}

function writeHead(response: ServerResponse, text: string): void {
  const fields = text.split("\r\n").map((line): [string, string] => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  const status = fields.find(([name]) => name.toLowerCase() === "status")?.[1];
  const headers = fields.filter(([name]) => name.toLowerCase() !== "status");
  response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10), Object.fromEntries(headers));
}
