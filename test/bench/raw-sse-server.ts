import { createServer, type ServerResponse } from "node:http";

/** The floor of P6: a pre-encoded frame written to every open response for each POST. */
const viewers = new Set<ServerResponse>();
const frame = Buffer.from(`id: 1.0\ndata: ${JSON.stringify({ body: "x".repeat(380) })}\n\n`);

const server = createServer((request, response) => {
  if (request.method === "POST") {
    for (const viewer of viewers) viewer.write(frame);
    return void response.end("{}");
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("id: 0\n\n");
  viewers.add(response);
  response.on("close", () => viewers.delete(response));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(`ready http://127.0.0.1:${address.port}`);
});
