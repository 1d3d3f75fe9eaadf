import { createServer, type ServerResponse } from "node:http";

/** The floor of P6: pre-encoded frames written to every open response. `POST /` sends one frame; `GET /cpu` says what it cost so far. */
const viewers = new Set<ServerResponse>();
const frame = Buffer.from(`id: 1.0\ndata: ${JSON.stringify({ body: "x".repeat(380) })}\n\n`);

const server = createServer((request, response) => {
  if (request.url === "/cpu") {
    const { user, system } = process.cpuUsage();
    return void response.end(String((user + system) / 1e6));
  }
  if (request.method === "POST") {
    for (const viewer of viewers) viewer.write(frame);
    return void response.end("{}");
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(": hello\n\n");
  viewers.add(response);
  response.on("close", () => viewers.delete(response));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(`ready http://127.0.0.1:${address.port}`);
});
